#include "stagedoor/protocol/model/calendar.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace stagedoor {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using piece = re2::StringPiece;
using utc_time = std::chrono::sys_time<microseconds>;

piece piece_of(std::string_view text) {
  return {text.data(), text.size()};
}

/// Where RE2 is built on Abseil, a piece that is cut needs a library more.
std::string_view view_of(piece text) {
  return {text.data(), text.size()};
}

/// A line may end where a text ends.
std::string_view without_line_end(std::string_view text) {
  if (!text.empty() && text.back() == '\n')
    text.remove_suffix(1);
  return text;
}

/// Reads digits, of which there may be none. What is far too large stays so.
std::int64_t number_of(piece digits) {
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max() / 4;
  std::int64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  return read.ec == std::errc::result_out_of_range ? far
                                                   : std::min(number, far);
}

/// Reads the first six digits of a fraction of a second.
microseconds fraction_of(piece digits) {
  std::string six(digits.data(), std::min<std::size_t>(digits.size(), 6));
  six.resize(6, '0');
  return microseconds{number_of(six)};
}

std::optional<std::chrono::year_month_day> date_of(piece year, piece month,
                                                   piece day_of_month) {
  const std::chrono::year_month_day date{
      std::chrono::year{static_cast<int>(number_of(year))},
      std::chrono::month{static_cast<unsigned>(number_of(month))},
      std::chrono::day{static_cast<unsigned>(number_of(day_of_month))}};
  if (!date.ok() || date.year() < std::chrono::year{1})
    return std::nullopt;
  return date;
}

std::optional<microseconds> time_of(piece hour, piece minute, piece second,
                                    piece fraction) {
  const auto h = number_of(hour);
  const auto m = number_of(minute);
  const auto s = number_of(second);
  if (h > 23 || m > 59 || s > 59)
    return std::nullopt;
  return hours{h} + minutes{m} + seconds{s} + fraction_of(fraction);
}

/// Reads a zone, which RE2 has found to be `Z`, `+HH`, `+HHMM` or `+HH:MM`.
/// @returns nothing if it is a day or more.
std::optional<minutes> zone_of(piece zone) {
  const auto text = view_of(zone);
  if (text == "Z")
    return minutes{0};
  auto offset = hours{number_of(piece_of(text.substr(1, 2)))} + minutes{0};
  if (text.size() > 3)
    offset += minutes{number_of(piece_of(text.substr(text.size() - 2)))};
  if (offset >= days{1})
    return std::nullopt;
  return text.front() == '-' ? -offset : offset;
}

bool is_in_calendar(utc_time time) {
  using std::chrono::sys_days;
  constexpr sys_days first{std::chrono::year{1} / 1 / 1};
  constexpr sys_days end{std::chrono::year{10000} / 1 / 1};
  return time >= first && time < end;
}

/// Reads one part of an ISO 8601 duration, such as `1.5`, in units.
/// @returns nothing if that is no number, because any character may stand for
///          the point.
std::optional<double> amount_of(piece text) {
  if (text.empty())
    return 0;
  std::string number(text.data(), text.size());
  std::replace(number.begin(), number.end(), ',', '.');
  double amount = 0;
  const auto* end = number.data() + number.size();
  const auto read = std::from_chars(number.data(), end, amount);
  if (read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return amount;
}

/// A duration in parts: the sign is that of all parts but the days.
time_reading<time_span> sum_of(std::int64_t whole_days, bool negative,
                               std::int64_t h, std::int64_t m, std::int64_t s,
                               microseconds fraction) {
  constexpr auto seconds_max = time_span::days_max * 86'400;
  if (whole_days > time_span::days_max || whole_days < -time_span::days_max
      || h > seconds_max || m > seconds_max || s > seconds_max)
    return {.value = {}, .is_out_of_range = true};
  auto in_seconds = h * 3600 + m * 60 + s;
  auto span = normal_time_span(
      whole_days + (negative ? -(in_seconds / 86'400) : in_seconds / 86'400),
      (negative ? -1 : 1) * (seconds{in_seconds % 86'400} + fraction));
  if (span.days > time_span::days_max || span.days < -time_span::days_max)
    return {.value = {}, .is_out_of_range = true};
  return {.value = span};
}

bool is_negative(piece sign) {
  return sign == "-";
}

std::int64_t signed_number_of(piece number) {
  const auto text = view_of(number);
  if (!text.starts_with('-'))
    return number_of(number);
  return -number_of(piece_of(text.substr(1)));
}

/// Reads a form whose groups are the days, the sign of the rest, hours,
/// minutes, seconds and a fraction.
std::optional<time_reading<time_span>> read_parts(piece text, const RE2& form) {
  piece whole_days;
  piece sign;
  piece h;
  piece m;
  piece s;
  piece fraction;
  if (!RE2::FullMatch(text, form, &whole_days, &sign, &h, &m, &s, &fraction))
    return std::nullopt;
  return sum_of(signed_number_of(whole_days), is_negative(sign), number_of(h),
                number_of(m), number_of(s), fraction_of(fraction));
}

std::optional<time_reading<time_span>> read_plain_duration(piece text) {
  static const RE2 form{R"((?:(-?\d+) (?:days?, )?)?(-?))"
                        R"((?:(\d+):)??(?:(\d+):)?(\d+))"
                        R"((?:[.,](\d{1,6})\d{0,6})?)"};
  return read_parts(text, form);
}

std::optional<time_reading<time_span>> read_iso_duration(piece text) {
  static const RE2 form{R"(([-+]?)P(?:(\d+(?:.\d+)?)D)?)"
                        R"((?:T(?:(\d+(?:.\d+)?)H)?(?:(\d+(?:.\d+)?)M)?)"
                        R"((?:(\d+(?:.\d+)?)S)?)?)"};
  piece sign;
  std::array<piece, 4> parts;
  if (!RE2::FullMatch(text, form, &sign, &parts[0], &parts[1], &parts[2],
                      &parts[3]))
    return std::nullopt;
  constexpr std::array<double, 4> unit_seconds{86'400, 3600, 60, 1};
  double whole_seconds = 0;
  double rest = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto amount = amount_of(parts[i]);
    if (!amount)
      return time_reading<time_span>{};
    const double whole = std::floor(*amount);
    whole_seconds += whole * unit_seconds[i];
    rest += (*amount - whole) * unit_seconds[i] * 1e6;
  }
  if (whole_seconds > 86'400.0 * (time_span::days_max + 1.0))
    return time_reading<time_span>{.value = {}, .is_out_of_range = true};
  const auto in_seconds = static_cast<std::int64_t>(whole_seconds);
  return sum_of(0, is_negative(sign), 0, 0, in_seconds,
                microseconds{std::llrint(rest)});
}

std::optional<time_reading<time_span>> read_interval(piece text) {
  static const RE2 form{R"((?:(-?\d+) days? ?)?)"
                        R"((?:([-+]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?)"};
  return read_parts(text, form);
}

/// The parts of a time of day.
struct clock {
  explicit clock(microseconds since_midnight)
      : h(since_midnight / hours{1}), m(since_midnight % hours{1} / minutes{1}),
        s(since_midnight % minutes{1} / seconds{1}),
        fraction(since_midnight % seconds{1} / microseconds{1}) {}

  [[nodiscard]] std::string text(const char* hour_format) const {
    std::array<char, 96> out{};
    const auto size = static_cast<std::size_t>(std::snprintf(
        out.data(), out.size(), hour_format, static_cast<long long>(h),
        static_cast<long long>(m), static_cast<long long>(s)));
    if (fraction != 0)
      std::snprintf(out.data() + size, out.size() - size, ".%06lld",
                    static_cast<long long>(fraction));
    return out.data();
  }

  std::int64_t h, m, s, fraction;
};

constexpr const char* two_digits_each = "%02lld:%02lld:%02lld";

} // namespace

std::optional<std::chrono::year_month_day> read_date(std::string_view text) {
  static const RE2 form{R"((\d{4})-(\d{1,2})-(\d{1,2}))"};
  piece year;
  piece month;
  piece day_of_month;
  if (!RE2::FullMatch(piece_of(without_line_end(text)), form, &year, &month,
                      &day_of_month))
    return std::nullopt;
  return date_of(year, month, day_of_month);
}

std::optional<microseconds> read_time(std::string_view text) {
  static const RE2 form{
      R"(^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,6}))?)?)"};
  piece hour;
  piece minute;
  piece second;
  piece fraction;
  if (!RE2::PartialMatch(piece_of(text), form, &hour, &minute, &second,
                         &fraction))
    return std::nullopt;
  return time_of(hour, minute, second, fraction);
}

time_reading<std::chrono::sys_time<microseconds>>
read_date_time(std::string_view text, minutes zone) {
  static const RE2 form{R"((\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2}))"
                        R"((?::(\d{1,2})(?:[.,](\d{1,6})\d{0,6})?)?)"
                        R"((Z|[+-]\d{2}(?::?\d{2})?)?)"};
  std::array<piece, 8> parts;
  if (!RE2::FullMatch(piece_of(without_line_end(text)), form, &parts[0],
                      &parts[1], &parts[2], &parts[3], &parts[4], &parts[5],
                      &parts[6], &parts[7]))
    return {};
  const auto date = date_of(parts[0], parts[1], parts[2]);
  const auto time = time_of(parts[3], parts[4], parts[5], parts[6]);
  const auto given = parts[7].empty() ? zone : zone_of(parts[7]);
  if (!date || !time || !given)
    return {};
  const utc_time result = std::chrono::sys_days{*date} + *time - *given;
  // In UTC, and then in the zone in which it will be written.
  if (!parts[7].empty()
      && (!is_in_calendar(result) || !is_in_calendar(result + zone)))
    return {.value = {}, .is_out_of_range = true};
  return {.value = result};
}

time_reading<time_span> read_duration(std::string_view text) {
  const auto line = piece_of(without_line_end(text));
  if (auto found = read_plain_duration(line))
    return *found;
  if (auto found = read_iso_duration(line))
    return *found;
  return read_interval(line).value_or(time_reading<time_span>{});
}

time_span normal_time_span(std::int64_t whole_days, microseconds rest) {
  // Not by `floor`, since the day below may be beyond the range.
  auto carried = std::chrono::duration_cast<days>(rest);
  auto part = rest % days{1};
  if (part < microseconds{0}) {
    --carried;
    part += days{1};
  }
  return {whole_days + carried.count(), part};
}

std::string write_date(std::chrono::year_month_day date) {
  std::array<char, 48> out{};
  std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return out.data();
}

std::string write_time(microseconds since_midnight) {
  return clock{since_midnight}.text(two_digits_each);
}

std::string write_date_time(std::chrono::sys_time<microseconds> time,
                            minutes zone) {
  const auto local = time + zone;
  const auto date = std::chrono::floor<days>(local);
  auto text = write_date(date);
  text += 'T';
  text += write_time(local - date);
  if (zone == minutes{0})
    return text + 'Z';
  const clock offset{std::chrono::abs(zone)};
  return text + (zone < minutes{0} ? '-' : '+')
         + offset.text(two_digits_each).substr(0, 5);
}

std::string write_duration(const time_span& span) {
  const auto time = write_time(span.rest);
  return span.days == 0 ? time : std::to_string(span.days) + ' ' + time;
}

std::string write_duration_in_words(const time_span& span) {
  auto time = clock{span.rest}.text("%lld:%02lld:%02lld");
  if (span.days == 0)
    return time;
  const bool is_one = span.days == 1 || span.days == -1;
  return std::to_string(span.days) + (is_one ? " day, " : " days, ") + time;
}

} // namespace stagedoor
