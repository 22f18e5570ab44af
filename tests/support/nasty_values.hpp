#pragma once

#include <stagedoor/protocol/json/boost_json.hpp>

#include <string>
#include <vector>

namespace stagedoor::test {

/// Texts that have a meaning to somebody on the way to a database: SQL,
/// patterns, formats, numbers, C++, terminals.
inline const std::vector<std::string>& nasty_texts() {
  static const std::vector<std::string> all{
      "'",
      "\"",
      "`",
      "''",
      "\"\"",
      "';",
      "'; DROP TABLE vault; --",
      "\"; DROP TABLE vault; --",
      "1; DELETE FROM vault",
      "' OR '1'='1",
      "\" OR \"\"=\"",
      "0 OR 1=1",
      "') OR 1=1 --",
      "x' UNION SELECT * FROM sqlite_schema --",
      "--",
      "/*",
      "*/",
      "/**/",
      "#",
      ";",
      "x'00'",
      "?1",
      ":name @name $name",
      "%",
      "_",
      "%_%",
      "\\",
      "\\'",
      "a\\%b",
      "[a-z]*?",
      "NULL",
      "CURRENT_TIMESTAMP",
      "(SELECT 1)",
      "rowid",
      "-words",
      "%s%n%x%p",
      "{0} {} {{",
      "$(reboot) `id` |",
      "../../etc/passwd",
      "<script>alert(1)</script>",
      "\\u0000 \\x00 %00",
      std::string("\0", 1),
      std::string("a\0b'", 4),
      "\x01\x02\x1b[31m",
      "a\tb\r\nc",
      "\u00a0x\u2028",
      "\u200bx\ufeff",
      "\u202eesrever",
      "\uff07 \u02bc \u2019 OR 1=1",
      "e\u0301 \u00e9 \u0130 \u0131 \u00df",
      "\U0001f600\U0001f468\u200d\U0001f469",
      "\U0010ffff\ufffe",
      "9223372036854775808",
      "-9223372036854775809",
      "1e999",
      "-1e-999",
      "0x7fffffff",
      "NaN",
      "Infinity",
      "-0",
      "1,2,3",
      ",,,",
      "9999-99-99T99:99:99Z",
      "{\"a\":[1]}",
      "true",
      std::string(300, '('),
      std::string(3000, '\''),
      std::string(30'000, '%')};
  return all;
}

/// JSON of every type that is no text, as it stands in a message.
inline const std::vector<std::string>& nasty_json() {
  static const std::vector<std::string> all{
      "null",
      "true",
      "false",
      "0",
      "-0",
      "-1",
      "1.5",
      "1e2",
      "1e308",
      "1e400",
      "-1e400",
      "9223372036854775807",
      "9223372036854775808",
      "-9223372036854775808",
      "-9223372036854775809",
      "18446744073709551616",
      "123456789012345678901234567890",
      "5e-324",
      "[]",
      "{}",
      "[[]]",
      "[null]",
      "[\"'; DROP TABLE vault; --\"]",
      R"({"'":"\""})",
      R"({"":null})",
      R"({"__proto__":1,"constructor":{}})",
      R"({"$gt":""})",
      "[[[[[[[[[[1]]]]]]]]]]",
      R"("\u0000")",
      R"("\ud800")",
      R"("\udc00\ud800")"};
  return all;
}

} // namespace stagedoor::test
