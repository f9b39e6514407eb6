// SPDX-License-Identifier: MIT
#include "prescan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace shaken302::sip {
namespace {

char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// `lower` is in lower case already.
bool equals_lower(std::string_view text, std::string_view lower) noexcept {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(),
                                                   [](char a, char b) { return to_lower(a) == b; });
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
bool is_space(char c) noexcept { return is_blank(c) || c == '\r' || c == '\n'; }

/// Whether a value can be echoed without ending its line: folds are the only line ends in it. Asked
/// only where there is a control character in the lines, perhaps beside the value.
bool is_safe(std::string_view value) noexcept {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c == '\r') {
      if (i + 1 == value.size() || value[i + 1] != '\n') return false;
    } else if (c == '\n') {
      if (i + 1 == value.size() || !is_blank(value[i + 1])) return false;
    } else if ((c < 0x20 && c != '\t') || c == 0x7F) {
      return false;
    }
  }
  return true;
}

/// `end` stays where it is when everything before it is white space.
std::string_view trim(const char* begin, const char* end) noexcept {
  while (begin != end && is_space(*begin)) ++begin;
  while (end != begin && is_space(end[-1])) --end;
  return {begin, static_cast<std::size_t>(end - begin)};
}

constexpr std::uint64_t repeat(std::uint64_t byte) noexcept { return byte * 0x0101010101010101; }

std::uint64_t load(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

bool is_mark(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == ',' || c == '\x7F';
}

#if defined(__SSE2__)
/// Which of sixteen bytes are marks, a bit for each.
unsigned marks_of_16(const char* at) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  const __m128i comma = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(','));
  const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(control, comma), del)));
}
#endif

/// The first byte that the scan must look at: a control character or a comma. Sixteen bytes at a
/// time where the processor can, then eight: the high bit of each byte of `marks` says whether that
/// byte is one, and is right up to the first that is.
const char* next_mark(const char* at, const char* end) noexcept {
  constexpr std::uint64_t high = repeat(0x80);
  if (at != end && is_mark(*at)) return at;  // LF behind CR, a run of commas
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    if (const unsigned marks = marks_of_16(at); marks != 0) return at + std::countr_zero(marks);
  }
#endif
  for (; end - at >= 8; at += 8) {
    const std::uint64_t word = load(at);
    const std::uint64_t comma = word ^ repeat(',');
    const std::uint64_t del = word ^ repeat(0x7F);
    const std::uint64_t marks = (((word - repeat(0x20)) & ~word) | ((comma - repeat(1)) & ~comma) |
                                 ((del - repeat(1)) & ~del)) &
                                high;
    if (marks != 0) return at + std::countr_zero(marks) / 8;
  }
  while (at != end && !is_mark(*at)) ++at;
  return at;
}

/// The first colon, or nullptr. Names are short: a call of memchr takes longer than most of them.
const char* find_colon(const char* begin, const char* end) noexcept {
  constexpr std::ptrdiff_t name_size = 24;
  const char* const near = begin + std::min(name_size, end - begin);
  for (; begin != near; ++begin) {
    if (*begin == ':') return begin;
  }
  return static_cast<const char*>(std::memchr(begin, ':', static_cast<std::size_t>(end - begin)));
}

/// What the lines seen so far hold.
struct Tally {
  std::size_t commas = 0;
  bool nul = false;
  bool lone_cr = false;
  bool control = false;  ///< any other than tabs and line ends; a lone CR too
};

/// The line end (LF) at or after `at`, or `end`.
const char* scan_line(const char* at, const char* end, Tally& tally) noexcept {
  for (at = next_mark(at, end); at != end; at = next_mark(at + 1, end)) {
    switch (*at) {
      case '\n':
        return at;
      case ',':
        ++tally.commas;
        break;
      case '\t':
        break;
      case '\r':
        if (at + 1 != end && at[1] == '\n') break;
        tally.lone_cr = tally.control = true;
        break;
      default:
        tally.nul |= *at == '\0';
        tally.control = true;
        break;
    }
  }
  return end;
}

/// The first byte that does not belong to a line end (RFC 3261 7.5).
const char* skip_line_ends(const char* at, const char* end) noexcept {
  while (at != end) {
    if (*at == '\n') {
      ++at;
    } else if (*at == '\r' && at + 1 != end && at[1] == '\n') {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

bool has_too_many_semicolons(std::string_view message) noexcept {
  if (message.size() <= semicolons_free_bytes) return false;
  return static_cast<std::size_t>(std::count(message.begin(), message.end(), ';')) > semicolons_max;
}

/// Where a line without its line end stops.
const char* text_end(const char* line, const char* line_end) noexcept {
  return line_end != line && line_end[-1] == '\r' ? line_end - 1 : line_end;
}

}  // namespace

/// One field with its continuation lines; `line_end` is the end of the line that has its name.
struct HeaderIndex::OpenField {
  const char* begin = nullptr;
  const char* line_end = nullptr;
  const char* end = nullptr;
  bool has_control = false;
};

FieldName field_name_of(std::string_view name) noexcept {
  switch (name.size()) {
    case 1:
      switch (to_lower(name[0])) {
        case 'v':
          return FieldName::via;
        case 'f':
          return FieldName::from;
        case 't':
          return FieldName::to;
        case 'i':
          return FieldName::call_id;
        case 'l':
          return FieldName::content_length;
        case 'y':
          return FieldName::identity;
        default:
          return FieldName::other;
      }
    case 2:
      return equals_lower(name, "to") ? FieldName::to : FieldName::other;
    case 3:
      return equals_lower(name, "via") ? FieldName::via : FieldName::other;
    case 4:
      if (equals_lower(name, "from")) return FieldName::from;
      return equals_lower(name, "cseq") ? FieldName::cseq : FieldName::other;
    case 7:
      if (equals_lower(name, "call-id")) return FieldName::call_id;
      return equals_lower(name, "privacy") ? FieldName::privacy : FieldName::other;
    case 8:
      return equals_lower(name, "identity") ? FieldName::identity : FieldName::other;
    case 9:
      return equals_lower(name, "diversion") ? FieldName::diversion : FieldName::other;
    case 12:
      return equals_lower(name, "history-info") ? FieldName::history_info : FieldName::other;
    case 14:
      return equals_lower(name, "content-length") ? FieldName::content_length : FieldName::other;
    case 15:
      return equals_lower(name, "remote-party-id") ? FieldName::remote_party_id : FieldName::other;
    case 19:
      return equals_lower(name, "p-asserted-identity") ? FieldName::p_asserted_identity
                                                       : FieldName::other;
    default:
      return FieldName::other;
  }
}

bool HeaderIndex::add(const OpenField& open) noexcept {
  if (open.begin == nullptr) return true;
  const char* const colon = find_colon(open.begin, open.line_end);
  if (colon == nullptr) return false;
  // White space before the colon belongs to neither side (RFC 3261 7.3.1): a name compared with it
  // slips past whoever strips by name.
  const std::string_view name = trim(open.begin, colon);
  if (name.empty()) return false;
  const std::string_view value = trim(colon + 1, open.end);
  static_assert(sizeof(Field) == 2 * sizeof(std::string_view) + alignof(std::string_view),
                "a member more must be written here, too: entries are used again");
  // Written in place, member by member: a Field put together elsewhere is copied by words wider
  // than its last members, which waits for the store buffer (5 ns a field).
  Field& field = entries_[size_];
  field.name = name;
  field.value = value;
  field.known = field_name_of(name);
  field.form = open.has_control && !is_safe(value) ? ValueForm::unsafe
               : open.end != open.line_end         ? ValueForm::folded
                                                   : ValueForm::plain;
  Place& place = places_[static_cast<std::size_t>(field.known)];
  if (place.count++ == 0) place.first = static_cast<std::uint16_t>(size_);
  ++size_;
  return true;
}

/// Runs over the header section from the start line on. `reason` is what a line was refused for;
/// the scan goes on behind such a line, because a 400 is echoed from the index.
class HeaderIndex::Scan {
 public:
  Scan(HeaderIndex& index, const char* begin, const char* end) noexcept
      : index_(index), begin_(begin), end_(end) {}

  Prescan run() noexcept {
    const Prescan ended = run_lines();
    // A field at which the scan gave up may go on: half a Via is not worth an echo.
    if (ended != Prescan::too_many_lines) colon_missing_ |= !index_.add(open_);
    index_.message_ = {begin_, static_cast<std::size_t>(at_ - begin_)};
    if (ended == Prescan::too_many_lines) return ended;
    if (tally_.nul) return Prescan::nul;
    if (tally_.lone_cr) return Prescan::lone_cr;
    if (ended != Prescan::ok) return ended;
    if (tally_.commas > commas_max || has_too_many_semicolons(index_.message_)) {
      return Prescan::too_many_commas;
    }
    return colon_missing_ ? Prescan::no_colon : Prescan::ok;
  }

 private:
  Prescan run_lines() noexcept {
    const char* const start_end = scan_line(begin_, end_, tally_);
    const char* const start_text_end = text_end(begin_, start_end);
    index_.start_line_ = {begin_, static_cast<std::size_t>(start_text_end - begin_)};
    at_ = start_end == end_ ? end_ : start_end + 1;
    for (std::size_t line_ends = 1; at_ != end_; ++line_ends) {
      if (line_ends == line_ends_max) return Prescan::too_many_lines;
      const char* const line = at_;
      tally_.control = false;
      const char* const line_end = scan_line(line, end_, tally_);
      at_ = line_end == end_ ? end_ : line_end + 1;
      const char* const text = text_end(line, line_end);
      if (text == line && line_end != end_) return Prescan::ok;
      take_line(line, text);
      if (line_end == end_) break;
    }
    return Prescan::unterminated;
  }

  void take_line(const char* line, const char* text) noexcept {
    if (line != text && is_blank(*line)) {
      // A continuation right after the start line is nobody's.
      colon_missing_ |= open_.begin == nullptr;
      open_.end = text;
      open_.has_control |= tally_.control;
      return;
    }
    colon_missing_ |= !index_.add(open_);
    open_ = {line, text, text, tally_.control};
  }

  HeaderIndex& index_;
  const char* begin_;
  const char* end_;
  const char* at_ = nullptr;
  OpenField open_{};
  Tally tally_;
  bool colon_missing_ = false;
};

Prescan prescan(std::string_view bytes, HeaderIndex& index) noexcept {
  index.start_line_ = index.message_ = index.body_ = {};
  index.size_ = 0;
  index.places_ = {};
  const char* const end = bytes.data() + std::min(bytes.size(), message_bytes_max);
  const char* const begin = skip_line_ends(bytes.data(), end);
  Prescan result = Prescan::empty;
  if (begin != end) {
    result = HeaderIndex::Scan(index, begin, end).run();
    const char* const body = index.message_.data() + index.message_.size();
    index.body_ = {body, static_cast<std::size_t>(bytes.data() + bytes.size() - body)};
  }
  return bytes.size() > message_bytes_max ? Prescan::too_long : result;
}

}  // namespace shaken302::sip
