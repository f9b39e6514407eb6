// SPDX-License-Identifier: MIT
#include "sip_date.hpp"

#include <array>
#include <string_view>

namespace shaken302::sip {
namespace {

constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_two_digits(BoundedText& out, long number) noexcept {
  if (number < 10) out.append('0');
  out.append_number(number);
}

}  // namespace

void append_sip_date(BoundedText& out, UnixTime time) noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::seconds> clock(time - day);
  out.append(weekdays[std::chrono::weekday(day).c_encoding()]).append(", ");
  append_two_digits(out, static_cast<long>(static_cast<unsigned>(date.day())));
  out.append(' ').append(months[static_cast<unsigned>(date.month()) - 1]).append(' ');
  const int year = static_cast<int>(date.year());
  append_two_digits(out, year / 100);
  append_two_digits(out, year % 100);
  out.append(' ');
  append_two_digits(out, clock.hours().count());
  out.append(':');
  append_two_digits(out, clock.minutes().count());
  out.append(':');
  append_two_digits(out, clock.seconds().count());
  out.append(" GMT");
}

}  // namespace shaken302::sip
