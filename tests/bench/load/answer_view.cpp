// SPDX-License-Identifier: MIT
#include "answer_view.hpp"

#include <charconv>

namespace sip_load {
namespace {

constexpr std::string_view version = "SIP/2.0 ";

/// The server writes names in their long form, one header a line, never folded; anything else is a
/// finding.
bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':';
}

std::string_view value_of(std::string_view line) {
  line.remove_prefix(line.find(':') + 1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return line;
}

/// The next line without its CRLF, taken off `rest`.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size();
}

}  // namespace

std::optional<AnswerView> parse_answer(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with(version) || end == std::string_view::npos) return {};
  std::string_view rest = bytes.substr(0, end + 2);
  AnswerView view;
  const std::string_view start = take_line(rest);
  if (!read_number(start.substr(version.size(), 3), view.status)) return {};
  int call_ids = 0;
  int identities = 0;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (is_named(line, "Call-ID")) {
      view.call_id = value_of(line);
      ++call_ids;
    } else if (is_named(line, "Identity")) {
      view.identity = value_of(line);
      ++identities;
    }
  }
  if (call_ids != 1 || identities > 1) return {};
  return view;
}

Frame next_answer(std::string_view stream) {
  Frame frame;
  while (!stream.empty() && (stream.front() == '\r' || stream.front() == '\n')) {
    stream.remove_prefix(1);
    ++frame.skipped;
  }
  const auto end = stream.find("\r\n\r\n");
  if (end == std::string_view::npos) return frame;
  std::string_view rest = stream.substr(0, end + 2);
  frame.is_broken = true;
  std::size_t body = 0;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (is_named(line, "Content-Length")) frame.is_broken = !read_number(value_of(line), body);
  }
  if (!frame.is_broken && stream.size() >= end + 4 + body) frame.size = end + 4 + body;
  return frame;
}

}  // namespace sip_load
