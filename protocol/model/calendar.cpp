#include "stagedoor/protocol/model/calendar.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
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
std::int64_t number_of(std::string_view digits) {
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max() / 4;
  std::int64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  return read.ec == std::errc::result_out_of_range ? far
                                                   : std::min(number, far);
}

/// Reads the first six digits of a fraction of a second.
microseconds fraction_of(std::string_view digits) {
  const auto six = digits.substr(0, 6);
  auto result = number_of(six);
  for (auto i = six.size(); i < 6; ++i)
    result *= 10;
  return microseconds{result};
}

/// Takes a text apart, from its front on.
class text_scanner {
public:
  explicit text_scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] std::string_view rest() const { return rest_; }

  /// Takes one of some characters.
  /// @returns whether it is there.
  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Takes as many digits as there are, up to a number.
  /// @returns them; nothing if they are too few.
  std::string_view take_digits(std::size_t least, std::size_t most) {
    const auto none = rest_.find_first_not_of("0123456789");
    const auto count = std::min({none, rest_.size(), most});
    if (count < least)
      return {};
    const auto result = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return result;
  }

private:
  std::string_view rest_;
};

/// Takes a date whose year has four digits.
/// @returns nothing if it is not there, or is no day of the calendar.
std::optional<std::chrono::year_month_day> take_date(text_scanner& text) {
  const auto year = text.take_digits(4, 4);
  const auto has_month = text.take("-");
  const auto month = text.take_digits(1, 2);
  const auto has_day = text.take("-");
  const auto day_of_month = text.take_digits(1, 2);
  if (!has_month || !has_day || day_of_month.empty())
    return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{static_cast<int>(number_of(year))},
      std::chrono::month{static_cast<unsigned>(number_of(month))},
      std::chrono::day{static_cast<unsigned>(number_of(day_of_month))}};
  if (!date.ok() || date.year() < std::chrono::year{1})
    return std::nullopt;
  return date;
}

/// Takes hours and minutes, and as much of seconds and a fraction as there is.
/// @returns nothing if they are not there, or are no time of a day.
std::optional<microseconds> take_time(text_scanner& text) {
  const auto hour = text.take_digits(1, 2);
  const auto has_minute = text.take(":");
  const auto minute = text.take_digits(1, 2);
  if (hour.empty() || !has_minute || minute.empty())
    return std::nullopt;
  std::string_view second;
  std::string_view fraction;
  auto further = text;
  if (further.take(":")) {
    second = further.take_digits(1, 2);
    if (!second.empty())
      text = further;
  }
  if (!second.empty() && further.take(".,")) {
    fraction = further.take_digits(1, 12);
    if (!fraction.empty())
      text = further;
  }
  const auto h = number_of(hour);
  const auto m = number_of(minute);
  const auto s = number_of(second);
  if (h > 23 || m > 59 || s > 59)
    return std::nullopt;
  return hours{h} + minutes{m} + seconds{s} + fraction_of(fraction);
}

/// Reads a zone, `Z`, `+HH`, `+HHMM` or `+HH:MM`.
/// @returns nothing if it is none of these, or a day or more.
std::optional<minutes> zone_of(std::string_view zone) {
  if (zone == "Z")
    return minutes{0};
  text_scanner text{zone};
  if (!text.take("+-"))
    return std::nullopt;
  const auto hour = text.take_digits(2, 2);
  auto offset = hours{number_of(hour)} + minutes{0};
  if (!hour.empty() && !text.rest().empty()) {
    text.take(":");
    const auto minute = text.take_digits(2, 2);
    if (minute.empty())
      return std::nullopt;
    offset += minutes{number_of(minute)};
  }
  if (hour.empty() || !text.rest().empty() || offset >= days{1})
    return std::nullopt;
  return zone.front() == '-' ? -offset : offset;
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
    return number_of(text);
  return -number_of(text.substr(1));
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
  return sum_of(signed_number_of(whole_days), is_negative(sign),
                number_of(view_of(h)), number_of(view_of(m)),
                number_of(view_of(s)), fraction_of(view_of(fraction)));
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

/// Appends a number with at least so many digits.
void append_digits(std::string& text, std::int64_t number, std::size_t least) {
  std::array<char, 20> digits{};
  const auto* end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const auto count = static_cast<std::size_t>(end - digits.data());
  text.append(least - std::min(least, count), '0').append(digits.data(), count);
}

/// A time of day with so many digits of hours at least. The fraction is left
/// out where it is zero.
std::string clock_text(microseconds since_midnight, std::size_t hour_digits) {
  std::string result;
  append_digits(result, since_midnight / hours{1}, hour_digits);
  append_digits(result += ':', since_midnight % hours{1} / minutes{1}, 2);
  append_digits(result += ':', since_midnight % minutes{1} / seconds{1}, 2);
  if (const auto fraction = since_midnight % seconds{1};
      fraction != microseconds{0})
    append_digits(result += '.', fraction.count(), 6);
  return result;
}

} // namespace

std::optional<std::chrono::year_month_day> read_date(std::string_view text) {
  text_scanner scanner{without_line_end(text)};
  const auto date = take_date(scanner);
  return scanner.rest().empty() ? date : std::nullopt;
}

std::optional<microseconds> read_time(std::string_view text) {
  text_scanner scanner{text};
  return take_time(scanner);
}

time_reading<std::chrono::sys_time<microseconds>>
read_date_time(std::string_view text, minutes zone) {
  text_scanner scanner{without_line_end(text)};
  const auto date = take_date(scanner);
  if (!date || !scanner.take("T "))
    return {};
  const auto time = take_time(scanner);
  const auto has_zone = !scanner.rest().empty();
  const auto given = has_zone ? zone_of(scanner.rest()) : zone;
  if (!time || !given)
    return {};
  const utc_time result = std::chrono::sys_days{*date} + *time - *given;
  // In UTC, and then in the zone in which it will be written.
  if (has_zone && (!is_in_calendar(result) || !is_in_calendar(result + zone)))
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
  std::string result;
  append_digits(result, static_cast<int>(date.year()), 4);
  append_digits(result += '-', static_cast<unsigned>(date.month()), 2);
  append_digits(result += '-', static_cast<unsigned>(date.day()), 2);
  return result;
}

std::string write_time(microseconds since_midnight) {
  return clock_text(since_midnight, 2);
}

std::string write_date_time(std::chrono::sys_time<microseconds> time,
                            minutes zone) {
  const auto local = time + zone;
  const auto date = std::chrono::floor<days>(local);
  auto text = write_date(date) + 'T' + write_time(local - date);
  if (zone == minutes{0})
    return text + 'Z';
  return text + (zone < minutes{0} ? '-' : '+')
         + write_time(std::chrono::abs(zone)).substr(0, 5);
}

std::string write_duration(const time_span& span) {
  const auto time = write_time(span.rest);
  return span.days == 0 ? time : std::to_string(span.days) + ' ' + time;
}

std::string write_duration_in_words(const time_span& span) {
  auto time = clock_text(span.rest, 1);
  if (span.days == 0)
    return time;
  const bool is_one = span.days == 1 || span.days == -1;
  return std::to_string(span.days) + (is_one ? " day, " : " days, ") + time;
}

} // namespace stagedoor
