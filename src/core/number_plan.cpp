// SPDX-License-Identifier: MIT
//
// What we know of each country's way to write telephone numbers. Facts as in ITU-T's list "Dialling
// procedures (international prefix, national (trunk) prefix and national (significant) number)",
// cross- checked with the metadata of libphonenumber 8.12; lengths are those of fixed and mobile
// numbers.
//
// An international prefix stays empty where the digits behind it choose a carrier before the
// country code (Brazil: 00 21 1 212... is a call to New York by way of carrier 21, or one to +211):
// such a call can only be read when it comes with `+`. A wrong row would give somebody another
// person's number; a missing one only makes us refuse what was written without `+`.
#include <algorithm>
#include <array>

#include "country_form.hpp"
#include "shaken302/phone_number.hpp"

namespace shaken302 {
namespace {

struct PlanRow {
  std::string_view country_codes;  // separated by single spaces
  std::string_view international_prefix;
  std::string_view national_prefix;
  std::uint8_t digits_min;
  std::uint8_t digits_max;
};

constexpr PlanRow plan_rows[] = {
    // The North American plan is closed: NPA-NXX-XXXX.
    {"1", "011", "1", 10, 10},
    // Russia and Kazakhstan dial 8 10; the neighbours that kept 8 as their trunk prefix.
    {"7", "810", "8", 10, 10},
    {"375", "810", "8", 9, 9},
    {"998", "810", "8", 9, 9},
    {"993", "810", "8", 8, 8},
    {"992", "810", "", 9, 9},
    {"370", "00", "8", 8, 8},
    {"36", "00", "06", 8, 9},
    {"33", "00", "0", 9, 9},
    // No trunk prefix, and the zero of a fixed line is part of its number (06... in Rome). Numbers
    // of 6 to 8 digits exist but are rare; leaving them out lets a bare mobile number 39x be told
    // from country code 39 and a short number.
    {"39", "00", "", 9, 11},
    // Ten digits, nine in a few old areas; 0800 1111 alone is shorter.
    {"44", "00", "0", 9, 10},
    // An open plan: 2 to 5 digits of area, any length behind it up to 13 with extensions (E.164).
    {"49", "00", "0", 6, 13},
    // Eleven digits for mobiles since 2016, ten for fixed lines; a carrier code follows 00 and, in
    // 0 xx area number, also the trunk prefix, which the length tells from a call without one.
    {"55", "", "0", 10, 11},
    {"57", "", "0", 10, 10},
    // Mobile numbers have eleven digits from abroad (9 in front) and ten at home (15 inside, which
    // no length of ours fits).
    {"54", "00", "0", 10, 11},
    {"51", "00", "0", 8, 9},
    // Nine digits; ten for 1300 and 1800 numbers, which are dialled without 0.
    {"61", "0011", "0", 9, 10},
    {"91", "00", "0", 10, 10},
    {"86", "00", "0", 10, 11},
    {"81", "010", "0", 9, 10},
    {"52", "00", "", 10, 10},
    {"56", "", "", 9, 9},
    {"53", "119", "0", 6, 10},
    // The digits behind 00 choose a carrier.
    {"62", "", "0", 7, 12},
    {"66", "", "0", 8, 9},
    {"82", "", "0", 7, 10},
    {"255 256", "", "0", 9, 9},
    {"591", "", "0", 8, 8},
    {"855 886", "", "0", 8, 9},
    {"972", "", "0", 8, 9},
    {"976", "", "0", 8, 10},
    {"65 852", "", "", 8, 8},
    // The first three digits of a number at home are often the country code once more.
    {"250 262 590 594 596", "00", "0", 9, 9},
    // International prefixes of their own.
    {"234", "009", "0", 7, 10},
    {"254", "000", "0", 7, 9},
    {"238 685", "", "", 7, 7},
    {"592", "001", "", 7, 7},
    {"680", "", "", 7, 7},
    {"692", "011", "1", 7, 7},
    // Closed plans without a trunk prefix, by length. In some of them (225, 241, 242, 378) a
    // leading zero is part of the number, so nothing may be stripped.
    {"290", "00", "", 4, 5},
    {"683 690", "00", "", 4, 7},
    {"247 500 682", "00", "", 5, 5},
    {"676 677 678 688", "00", "", 5, 7},
    {"298 299 376 672 681 687", "00", "", 6, 6},
    {"597", "00", "", 6, 7},
    {"352", "00", "", 6, 9},
    {"220 239 246 248 269 297 354 501 673 674 679 691 960", "00", "", 7, 7},
    {"230 241 267 372 507 599 670 675", "00", "", 7, 8},
    {"45 47 216 222 223 226 227 228 229 235 236 253 257 266 268 350 356 357 371 502 503 504 505 "
     "506 "
     "509 689 853 965 968 973 974 975",
     "00", "", 8, 8},
    {"224 258", "00", "", 8, 9},
    {"378", "00", "", 8, 10},
    {"34 48 221 237 240 242 244 245 351 420", "00", "", 9, 9},
    {"30 225", "00", "", 10, 10},
};

/// Countries without a row whose trunk prefix is known to be 0, so that it is no part of a number.
constexpr std::string_view other_trunk_zero =
    "20 27 31 32 40 41 43 46 58 60 63 64 84 90 92 93 94 95 98 212 213 353 358 359 380 381 385 386";

struct EmergencyRow {
  std::string_view country_code;
  std::array<std::string_view, 6> numbers;
};

// Beside 112 and 911, which mobile networks treat as emergency calls everywhere (3GPP
// TS 22.101 10.1).
constexpr EmergencyRow emergency_rows[] = {
    {"1", {"933"}},  // the test call of the location service; it must not be refused either
    {"20", {"122", "123", "180"}},
    {"27", {"10111", "10177", "107"}},
    {"30", {"100", "166", "199", "108"}},
    {"31", {"113"}},
    {"32", {"100", "101"}},
    {"33", {"15", "17", "18", "114", "196"}},
    {"34", {"061", "062", "080", "085", "091", "092"}},
    {"36", {"104", "105", "107"}},
    {"39", {"113", "115", "118"}},
    {"41", {"117", "118", "144"}},
    {"43", {"122", "133", "144"}},
    {"44", {"999"}},
    {"47", {"110", "113"}},
    {"48", {"997", "998", "999"}},
    {"49", {"110"}},
    {"51", {"105", "106", "116"}},
    {"54", {"100", "101", "107"}},
    {"55", {"190", "192", "193"}},
    {"56", {"131", "132", "133"}},
    {"57", {"123"}},
    {"60", {"999"}},
    {"61", {"000", "106"}},
    {"62", {"110", "113", "118", "119"}},
    {"64", {"111"}},
    {"65", {"995", "999"}},
    {"66", {"191", "1669"}},
    {"7", {"101", "102", "103"}},
    {"81", {"110", "118", "119"}},
    {"82", {"119"}},
    {"84", {"113", "114", "115"}},
    {"852", {"999"}},
    {"853", {"999"}},
    {"86", {"110", "119", "120", "122"}},
    {"880", {"999"}},
    {"886", {"110", "119"}},
    {"90", {"110", "155", "156"}},
    {"91", {"100", "101", "102", "108"}},
    {"92", {"15", "16", "115", "1122"}},
    {"94", {"110", "118", "119"}},
    {"212", {"15", "19"}},
    {"234", {"199"}},
    {"254", {"999"}},
    {"353", {"999"}},
    {"420", {"150", "155", "158"}},
    {"966", {"997", "998", "999"}},
    {"971", {"997", "998", "999"}},
    {"972", {"100", "101", "102"}},
};

bool lists(std::string_view country_codes, std::string_view country_code) noexcept {
  while (!country_codes.empty()) {
    const auto end = std::min(country_codes.find(' '), country_codes.size());
    if (country_codes.substr(0, end) == country_code) return true;
    country_codes.remove_prefix(std::min(end + 1, country_codes.size()));
  }
  return false;
}

const PlanRow* find_row(std::string_view country_code) noexcept {
  const auto* row = std::find_if(std::begin(plan_rows), std::end(plan_rows), [&](const auto& r) {
    return lists(r.country_codes, country_code);
  });
  return row == std::end(plan_rows) ? nullptr : row;
}

/// Which country codes have the trunk prefix 0.
class TrunkZeros {
 public:
  static constexpr std::size_t digits_max = 3;

  TrunkZeros() noexcept {
    for (std::size_t size = 1, count = 10; size <= digits_max; ++size, count *= 10) {
      for (std::size_t value = 0; value < count; ++value) {
        std::array<char, digits_max> code{};
        for (std::size_t i = size, rest = value; i-- > 0; rest /= 10) {
          code[i] = static_cast<char>('0' + rest % 10);
        }
        const std::string_view text(code.data(), size);
        const PlanRow* const row = find_row(text);
        zeros_[place(text)] =
            row != nullptr ? row->national_prefix == "0" : lists(other_trunk_zero, text);
      }
    }
  }
  /// Precondition: one to three characters. What is no digit is no country code.
  [[nodiscard]] bool has(std::string_view code) const noexcept {
    const bool is_code =
        std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
    return is_code && zeros_[place(code)];
  }

 private:
  /// Codes of one digit first, then those of two, then of three.
  static std::size_t place(std::string_view code) noexcept {
    std::size_t offset = 0;
    std::size_t value = 0;
    std::size_t count = 1;
    for (const char digit : code) {
      value = value * 10 + static_cast<std::size_t>(digit - '0');
      count *= 10;
      offset += count;
    }
    return offset - count + value;
  }
  std::array<bool, 10 + 100 + 1000> zeros_{};
};

std::vector<std::string> emergency_numbers(std::string_view country_code) {
  std::vector<std::string> numbers{"112", "911"};
  for (const auto& row : emergency_rows) {
    if (row.country_code != country_code) continue;
    for (const auto number : row.numbers) {
      if (!number.empty()) numbers.emplace_back(number);
    }
  }
  return numbers;
}

/// Country codes and groups of them that ITU-T has given to nobody (List of Recommendation E.164
/// assigned country codes).
constexpr std::array<std::string_view, 16> spare_codes{"210", "214", "215", "217", "219", "259",
                                                       "28",  "384", "422", "693", "694", "695",
                                                       "696", "697", "83",  "89"};

/// [2-9]xx and not N11: what area and office codes of the North American plan look like.
bool is_north_american_code(std::string_view digits) noexcept {
  return digits[0] >= '2' && !(digits[1] == '1' && digits[2] == '1');
}

}  // namespace

bool is_possible(const PhoneNumber& number) noexcept {
  if (number.kind() != NumberKind::global) return true;
  const std::string_view digits = number.digits();
  if (digits.starts_with('1')) {
    return digits.size() == 11 && is_north_american_code(digits.substr(1, 3)) &&
           is_north_american_code(digits.substr(4, 3));
  }
  return std::none_of(spare_codes.begin(), spare_codes.end(),
                      [digits](std::string_view code) { return digits.starts_with(code); });
}

std::optional<CountryForm> country_form(std::string_view country_code) noexcept {
  const PlanRow* const row = find_row(country_code);
  if (row == nullptr) return std::nullopt;
  return CountryForm{country_code, row->national_prefix, row->digits_min, row->digits_max};
}

bool keeps_trunk_zero(std::string_view global_digits) noexcept {
  // Worked out once: it is asked for every row of a number table.
  static const TrunkZeros zeros;
  // No country code begins another one, so at most one of the three is a country's.
  for (std::size_t size = 1; size <= TrunkZeros::digits_max; ++size) {
    if (size >= global_digits.size() || global_digits[size] != '0') continue;
    if (zeros.has(global_digits.substr(0, size))) return true;
  }
  return false;
}

NumberPlan make_number_plan(std::string_view country_code) {
  NumberPlan plan;
  plan.country_code = country_code;
  plan.emergency = emergency_numbers(country_code);
  if (country_code.empty()) return plan;

  if (const PlanRow* const row = find_row(country_code)) {
    plan.international_prefix = row->international_prefix;
    plan.national_prefix = row->national_prefix;
    plan.national_digits_min = row->digits_min;
    plan.national_digits_max = row->digits_max;
    return plan;
  }
  // ITU-T's recommended prefixes, and any length that E.164 leaves.
  plan.international_prefix = "00";
  plan.national_prefix = "0";
  plan.national_digits_min = 6;
  plan.national_digits_max = static_cast<std::uint8_t>(
      phone_number_digits_max - std::min(country_code.size(), phone_number_digits_max - 6));
  return plan;
}

}  // namespace shaken302
