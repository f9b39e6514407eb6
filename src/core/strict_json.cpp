// SPDX-License-Identifier: MIT
#include "strict_json.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace shaken302 {
namespace {

constexpr std::size_t depth_max = 8;

/// Sees every token of the text as it is read, and stops at the first that is not allowed. The tree
/// that nlohmann builds cannot tell: it keeps the last of two members and has no limit of depth.
class StrictnessCheck final : public nlohmann::json::json_sax_t {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t& value) override { return value.find('\0') == string_t::npos; }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(); }
  bool key(string_t& name) override {
    return name.find('\0') == string_t::npos && members_.back().insert(name).second;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool open() {
    members_.emplace_back();
    return members_.size() <= depth_max;
  }
  bool close() {
    members_.pop_back();
    return true;
  }
  std::vector<std::set<std::string>> members_;  // of each object (or array, empty) that is open
};

}  // namespace

std::optional<nlohmann::json> parse_strict_object(std::string_view text) {
  // The library takes a raw NUL for the end of the text, and skips a byte-order mark.
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) {
    return std::nullopt;
  }
  StrictnessCheck check;
  if (!nlohmann::json::sax_parse(text, &check)) return std::nullopt;
  auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

}  // namespace shaken302
