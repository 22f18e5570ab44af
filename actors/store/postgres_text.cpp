#include "stagedoor/actors/store/postgres_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace stagedoor {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c)
         || c == '_';
}

/// What is quoted begins with one of these and ends with the same. It may hold
/// it twice, which reads as two parts in a row.
std::size_t quoted_size(std::string_view text, bool has_escapes) {
  const auto quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (has_escapes && text[i] == '\\')
      ++i;
    else if (text[i] == quote)
      return i + 1;
  }
  return text.size();
}

/// Up to the end of a mark that closes it.
std::size_t size_up_to(std::string_view text, std::string_view mark,
                       std::size_t begin) {
  const auto end = text.find(mark, begin);
  return end == std::string_view::npos ? text.size() : end + mark.size();
}

/// Comments of this form may be in each other.
std::size_t block_comment_size(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto two = text.substr(i, 2);
    if (two == "/*")
      ++depth;
    else if (two != "*/")
      continue;
    else if (--depth == 0)
      return i + 2;
    ++i;
  }
  return text.size();
}

/// `$$…$$` or `$name$…$name$`; 0 if it is neither.
std::size_t dollar_quoted_size(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_word(text[end]))
    ++end;
  if (end == text.size() || text[end] != '$' || (end > 1 && is_digit(text[1])))
    return 0;
  return size_up_to(text, text.substr(0, end + 1), end + 1);
}

/// How much at the beginning of a text is white space, or 0.
std::size_t space_size(std::string_view text) {
  return std::min(text.find_first_not_of(" \t\r\n\f\v"), text.size());
}

/// How much at the beginning of a text is one comment, or 0.
std::size_t comment_size(std::string_view text) {
  if (text.starts_with("--"))
    return size_up_to(text, "\n", 0);
  return text.starts_with("/*") ? block_comment_size(text) : 0;
}

/// How much at the beginning of a text has to stay as it is, at least 1.
/// @param before the character in front of it.
std::size_t fixed_size(std::string_view text, char before) {
  if (const auto size = comment_size(text); size > 0)
    return size;
  if (text.front() == '"')
    return quoted_size(text, false);
  if (text.front() == '\'')
    return quoted_size(text, before == 'e' || before == 'E');
  if (text.front() == '$' && !is_word(before))
    return std::max<std::size_t>(1, dollar_quoted_size(text));
  return 1;
}

/// Takes the first word of a statement, in lower case.
std::string take_word(std::string_view& statement) {
  while (true) {
    const auto size = std::max(space_size(statement), comment_size(statement));
    if (size == 0)
      break;
    statement.remove_prefix(size);
  }
  std::string result;
  while (!statement.empty() && is_word(statement.front())) {
    const auto c = statement.front();
    result += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    statement.remove_prefix(1);
  }
  return result;
}

/// A value as PostgreSQL reads it; nothing is NULL.
std::optional<std::string> value_text(const sql_value& value,
                                      const std::string& statement) {
  const auto refuse = [&](const char* what) {
    throw sql_error(sql_fault::wrong_type,
                    std::string(what)
                        + " is no value of PostgreSQL: " + statement);
  };
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&value)) {
    if (std::isnan(*number))
      refuse("a number that is none"); // As on SQLite, where it would be NULL.
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), *number).ptr;
    return std::string(text.data(), end);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (!is_postgres_text(*text))
      refuse("a text with a NUL");
    return *text;
  }
  return std::nullopt;
}

} // namespace

postgres_text to_postgres(std::string_view statement) {
  postgres_text result;
  char before = ' ';
  while (!statement.empty()) {
    std::size_t number = 0;
    const auto* begin = statement.data();
    const auto* end = begin + statement.size();
    if (statement.front() == '?') {
      const auto read = std::from_chars(begin + 1, end, number);
      if (read.ec == std::errc{} && number > 0) {
        result.values = std::max(result.values, number);
        result.text += '$';
        result.text.append(begin + 1, read.ptr);
        statement.remove_prefix(static_cast<std::size_t>(read.ptr - begin));
        before = '0';
        continue;
      }
    }
    const auto size = fixed_size(statement, before);
    result.text.append(statement.substr(0, size));
    before = statement[size - 1];
    statement.remove_prefix(size);
  }
  return result;
}

std::vector<std::optional<std::string>>
values_for_postgres(const std::vector<sql_value>& values,
                    const std::string& statement) {
  std::vector<std::optional<std::string>> result;
  result.reserve(values.size());
  for (const auto& value : values)
    result.push_back(value_text(value, statement));
  return result;
}

bool is_for_the_store(std::string_view statement) {
  static constexpr std::array words{
      "abort", "begin",    "commit",    "copy",  "deallocate", "discard",
      "end",   "execute",  "listen",    "load",  "prepare",    "release",
      "reset", "rollback", "savepoint", "start", "unlisten"};
  const auto first = take_word(statement);
  if (first == "set")
    return take_word(statement) != "local";
  return std::find(words.begin(), words.end(), first) != words.end();
}

postgres_text to_prepare(const std::string& statement) {
  if (is_for_the_store(statement))
    throw sql_error(sql_fault::other,
                    "a job may not run this statement: " + statement);
  return to_postgres(statement);
}

std::int64_t milliseconds_until(store::clock::time_point deadline) {
  using namespace std::chrono;
  const auto left = ceil<milliseconds>(deadline - store::clock::now()).count();
  if (left > std::numeric_limits<std::int32_t>::max())
    return 0;
  return std::max<std::int64_t>(left, 1);
}

bool has_usual_time(store::clock::time_point deadline,
                    std::chrono::milliseconds job_timeout) {
  const auto left = deadline - store::clock::now();
  return left <= job_timeout && left >= job_timeout / 2;
}

} // namespace stagedoor
