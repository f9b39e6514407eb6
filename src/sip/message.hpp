// SPDX-License-Identifier: MIT
//
// One SIP message in Sofia's memory: the only file pair that creates and destroys Sofia objects.
// Driven by explicit calls (msg_create .. msg_extract), never msg_make; see tests/contract for what
// that relies on.
#pragma once

#include <memory>
#include <string_view>

#include "shaken302/result.hpp"

struct msg_s;  // Sofia's msg_t
struct sip_s;  // Sofia's sip_t

namespace shaken302::sip {

/// Owns one msg_t. Move-only. Every pointer into it dies with it.
class Message {
 public:
  enum class Error : std::uint8_t { memory, incomplete };

  /// Precondition: `bytes` passed the pre-scan. `incomplete`: Sofia wants more than there is, or
  /// flags the message as truncated or too large.
  static Result<Message, Error> parse(std::string_view bytes) noexcept;

  [[nodiscard]] sip_s* sip() const noexcept { return sip_; }
  /// The error bits of headers that Sofia could not read (sip_mask_request and the like apply).
  [[nodiscard]] unsigned errors() const noexcept { return errors_; }

 private:
  struct Destroy {
    void operator()(msg_s* message) const noexcept;
  };
  Message() = default;
  std::unique_ptr<msg_s, Destroy> message_;
  sip_s* sip_ = nullptr;
  unsigned errors_ = 0;
};

}  // namespace shaken302::sip
