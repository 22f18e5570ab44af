#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/json/lone_surrogates.hpp"
#include "stagedoor/protocol/json/spelling.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/oracle_fields.hpp"
#include "support/source_tree.hpp"

namespace model_oracle_suite {

// Replays tests/oracle/: what Django REST Framework makes of a value is what
// our fields make of it, text by text, but for the kinds of deviations below.

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// One row of a table of fields.
struct field_row {
  std::string field;
  std::string options;
  /// Absent where the key is.
  std::optional<std::string> input;
  json::object all;

  [[nodiscard]] bool has(std::string_view key) const {
    return all.contains(key);
  }
  [[nodiscard]] bool is_ok() const {
    return has("ok") && all.at("ok").get_bool();
  }
  [[nodiscard]] std::string text() const {
    return field + "(" + options + ") of " + input.value_or("nothing");
  }
};

/// Rows, and how many lines hold what no JSON parser may take.
struct field_table {
  std::vector<field_row> rows;
  std::size_t not_json = 0;
};

/// Whether an input is not a number, infinite, or has half of a character.
bool is_not_json(const std::string& input) {
  return input == "NaN" || input == "Infinity" || input == "-Infinity"
         || input == "1e400" || !find_lone_surrogates(input).empty();
}

void read_rows(const std::string& name, field_table& table) {
  std::ifstream in(top_of_tree() / "tests/oracle" / name);
  BOOST_REQUIRE_MESSAGE(in.good(), name << " is not there");
  for (std::string line; std::getline(in, line);) {
    auto parsed = parse_json(line, wire_depth_max);
    if (!parsed) {
      // An error text that holds a half of a surrogate pair.
      BOOST_REQUIRE_MESSAGE(!find_lone_surrogates(line).empty(), line);
      ++table.not_json;
      continue;
    }
    field_row row;
    row.all = std::move(parsed->get_object());
    row.field = row.all.at("field").get_string();
    row.options = row.all.at("options").get_string();
    if (const auto* input = row.all.at("input").if_string())
      row.input = std::string(*input);
    if (row.input && is_not_json(*row.input))
      ++table.not_json;
    else
      table.rows.push_back(std::move(row));
  }
}

/// The rows that other models have in the oracle.
bool oracle_row_exists(std::string_view model, std::string_view by,
                       const json::value& key) {
  if (by != "pk")
    return false;
  if (model == "Author")
    return key == json::value(1) || key == json::value(2);
  if (model == "Tag")
    return key == json::value("11111111-1111-4111-8111-111111111111");
  return model == "Kind"
         && (key == json::value("1") || key == json::value("k"));
}

/// The items of a list in any order.
json::value sorted(json::value list) {
  auto& items = list.as_array();
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
    return to_json(a) < to_json(b);
  });
  return list;
}

/// What the original makes of a row, or nothing if it is no JSON of ours, such
/// as an integer of more than 64 bits.
std::optional<validation_result> expectation(const field_row& row) {
  if (row.has("raises") || row.has("render_raises"))
    return std::nullopt;
  if (!row.is_ok())
    return validation_result::errors(row.all.at("errors"));
  if (row.has("absent"))
    return validation_result::absent();
  const auto& text = row.all.at("value").get_string();
  if (text.empty())
    return validation_result::valid(nullptr);
  auto value = parse_json(text, wire_depth_max);
  if (!value)
    return std::nullopt;
  return validation_result::valid(std::move(*value));
}

/// What our field makes of a row, or nothing if the parser refuses the message.
std::optional<validation_result> outcome(const field_row& row) {
  const auto rules = field_named(row.field, row.options);
  const validation_context context{.exists = oracle_row_exists};
  if (!row.input)
    return rules.validate(nullptr, context);
  const auto value = parse_json(*row.input, wire_depth_max);
  if (!value)
    return std::nullopt;
  return rules.validate(&*value, context);
}

bool are_same(const field_row& row, validation_result a, validation_result b) {
  if (a.kind != b.kind)
    return false;
  if (row.has("unordered_set") && a.content.is_array() && b.content.is_array())
    return sorted(a.content) == sorted(b.content);
  return to_json(a.content) == to_json(b.content);
}

std::string text_of(const std::optional<validation_result>& result) {
  if (!result)
    return "refused by the parser, or no JSON";
  if (result->is_absent())
    return "absent";
  return (result->is_valid() ? "valid " : "errors ") + to_json(result->content);
}

/// Whether a row is refused with one of the ordinary texts of a field.
bool is_refused(const std::optional<validation_result>& result) {
  return result && result->is_invalid();
}

bool is_valid(const std::optional<validation_result>& result) {
  return result && result->is_valid();
}

/// Whether a JSON text is an integer that 64 bits cannot hold.
bool is_wide_integer(const field_row& row) {
  if (!row.input
      || row.input->find_first_not_of("-0123456789") != std::string::npos)
    return false;
  const auto value = parse_json(*row.input, 1);
  return value && value->is_double();
}

/// Whether an input has underscores between digits, or digits that are not
/// ASCII: of all languages, Python's int() and float() alone take these.
bool is_python_number(const field_row& row) {
  if (!row.input)
    return false;
  const auto& text = *row.input;
  const auto underscore = text.find('_');
  if (underscore != std::string::npos && underscore > 0
      && std::isdigit(text[underscore - 1]) != 0)
    return true;
  return text.find("\u0661") != std::string::npos
         || text.find("\uff11") != std::string::npos;
}

/// A way in which we differ on purpose: which rows it concerns, and what
/// becomes of them instead.
struct deviation {
  std::string_view reason;
  bool (*concerns)(const field_row&);
  bool (*is_expected)(const field_row&,
                      const std::optional<validation_result>& ours);
};

const std::vector<deviation>& deviations() {
  using result = std::optional<validation_result>;
  static const std::vector<deviation> all = {
      {"The parser refuses an integer that not even a double can hold.",
       [](const field_row& row) {
         return row.input && !parse_json(*row.input, wire_depth_max);
       },
       [](const field_row&, const result& ours) { return !ours; }},
      {"The original fails with a 500, and here the value is refused.",
       [](const field_row& row) {
         return row.has("raises") || row.has("render_raises");
       },
       [](const field_row&, const result& ours) { return is_refused(ours); }},
      {"An integer beyond 64 bits is no integer, or its nearest double.",
       is_wide_integer,
       [](const field_row& row, const result& ours) {
         // The echo of an error text, and a text or JSON that is a number.
         return is_refused(ours) || !row.is_ok() || row.field == "CharField"
                || row.field == "JSONField" || row.field == "SlugField"
                || row.field == "FloatField";
       }},
      {"A number in the spelling of Python is no number.", is_python_number,
       [](const field_row&, const result& ours) { return is_refused(ours); }},
      {"A fraction is never cut to the key of a row.",
       [](const field_row& row) {
         return row.field == "PrimaryKeyRelatedField" && row.is_ok()
                && row.input == "1.5";
       },
       [](const field_row&, const result& ours) { return is_refused(ours); }},
      {"A UUID that is shown as an integer is one, or a text beyond 64 bits.",
       [](const field_row& row) {
         return row.field == "UUIDField" && row.is_ok()
                && row.options == "format='int'";
       },
       [](const field_row& row, const result& ours) {
         return is_valid(ours)
                && (row.input == "true" || row.input == "false"
                    || ours->content.is_string());
       }},
      {"JSON in a text is written as everywhere here.",
       [](const field_row& row) {
         return row.field == "JSONField" && row.options == "binary=True";
       },
       [](const field_row& row, const result& ours) {
         // A number that no double can hold is refused there, too.
         return is_valid(ours) == row.is_ok() || row.input->size() > 300;
       }},
  };
  return all;
}

std::vector<std::string> tables() {
  return {"fields_text.jsonl", "fields_text2.jsonl", "fields_number.jsonl",
          "fields_time.jsonl", "fields_composite.jsonl"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_oracle)

BOOST_AUTO_TEST_CASE(fields_do_what_django_rest_framework_does) {
  field_table table;
  for (const auto& name : tables())
    read_rows(name, table);
  std::map<std::string_view, std::size_t> counts;
  std::size_t deviating = 0;
  for (const auto& row : table.rows) {
    const auto theirs = expectation(row);
    const auto ours = outcome(row);
    if (theirs && ours && are_same(row, *theirs, *ours))
      continue;
    ++deviating;
    const auto kind = std::find_if(
        deviations().begin(), deviations().end(), [&](const auto& candidate) {
          return candidate.concerns(row) && candidate.is_expected(row, ours);
        });
    if (kind == deviations().end())
      BOOST_ERROR(row.text()
                  << ": " << text_of(ours) << ", not " << text_of(theirs));
    else
      ++counts[kind->reason];
  }
  BOOST_TEST_MESSAGE(table.rows.size()
                     << " rows count, " << table.not_json << " are no JSON");
  for (const auto& [reason, count] : counts)
    BOOST_TEST_MESSAGE(count << ": " << reason);
  // At most three of a hundred.
  BOOST_TEST(table.rows.size() > 6000u);
  BOOST_TEST(deviating * 100 <= table.rows.size() * 3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_oracle_suite
