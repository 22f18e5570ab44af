#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// A time span as days and a part of a day, which is never negative: minus one
/// second is minus one day and 23:59:59. It holds 999,999,999 days in each
/// direction, which are more microseconds than 64 bits can count.
struct time_span {
  static constexpr std::int64_t days_max = 999'999'999;

  std::int64_t days = 0;
  std::chrono::microseconds rest{0};

  friend bool operator<(const time_span& a, const time_span& b) {
    return a.days != b.days ? a.days < b.days : a.rest < b.rest;
  }
};

/// What was read of a text: a value, a text of the wrong form, or a value that
/// is out of range.
template <class T>
struct time_reading {
  std::optional<T> value;
  bool is_out_of_range = false;
};

/// Reads `2024-02-29`; month and day may have one digit.
std::optional<std::chrono::year_month_day> read_date(std::string_view text);

/// Reads `10:20`, `10:20:30` or `10:20:30.5` at the start of `text` and takes
/// no notice of what follows, such as a zone. Hours, minutes and seconds may
/// have one digit. Of a fraction, six digits count.
std::optional<std::chrono::microseconds> read_time(std::string_view text);

/// Reads a date and a time with a `T` or a space between, and a zone: `Z`,
/// `+HH`, `+HHMM` or `+HH:MM`.
/// @param zone the offset of a text without a zone.
time_reading<std::chrono::sys_time<std::chrono::microseconds>>
read_date_time(std::string_view text, std::chrono::minutes zone);

/// Reads `1 02:03:04.5`, `1 day, 2:03:04`, `90` (seconds), `1:30` (minutes and
/// seconds), ISO 8601's `P1DT2H3M4S`, or the intervals of PostgreSQL.
time_reading<time_span> read_duration(std::string_view text);

/// Makes a time span of any number of days and microseconds.
time_span normal_time_span(std::int64_t days, std::chrono::microseconds rest);

std::string write_date(std::chrono::year_month_day date);
std::string write_time(std::chrono::microseconds since_midnight);

/// Writes `2024-02-29T10:20:30.500000Z`, in the zone of that offset. The
/// fraction has six digits or is left out.
std::string
write_date_time(std::chrono::sys_time<std::chrono::microseconds> time,
                std::chrono::minutes zone);

/// Writes `1 02:03:04.500000`; days and fraction are left out where zero.
std::string write_duration(const time_span& span);

/// Writes `1 day, 2:03:04.500000`, which is how the error texts have it.
std::string write_duration_in_words(const time_span& span);

} // namespace stagedoor
