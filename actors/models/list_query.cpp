#include "stagedoor/actors/models/list_query.hpp"

#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/decimal.hpp"
#include "stagedoor/protocol/model/field_rules.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace stagedoor {

namespace {

/// A value that was read, or why it was refused.
struct filter_value {
  json::value value = nullptr;
  std::string error = {};
};

/// How a filter compares, by its ending.
enum class lookup { compare, in, range, is_null };

struct filter_name {
  const column* field = nullptr;
  lookup how = lookup::compare;
  comparison sign = comparison::equal;
};

struct ending {
  std::string_view text;
  lookup how;
  comparison sign;
};

constexpr std::array endings{
    ending{"gt", lookup::compare, comparison::greater},
    ending{"gte", lookup::compare, comparison::greater_or_equal},
    ending{"lt", lookup::compare, comparison::less},
    ending{"lte", lookup::compare, comparison::less_or_equal},
    ending{"iexact", lookup::compare, comparison::equal_without_case},
    ending{"icontains", lookup::compare, comparison::contains},
    ending{"istartswith", lookup::compare, comparison::starts_with},
    ending{"in", lookup::in, comparison::in},
    ending{"range", lookup::range, comparison::equal},
    ending{"isnull", lookup::is_null, comparison::is_null}};

/// @returns a name without a field if the table has none or nobody compares so.
filter_name read_name(std::string_view name, const model_table& table) {
  if (const auto* plain = table.find_column(name))
    return {.field = plain};
  const auto separator = name.rfind("__");
  if (separator == std::string_view::npos)
    return {};
  const auto how =
      std::ranges::find(endings, name.substr(separator + 2), &ending::text);
  if (how == endings.end())
    return {};
  return {.field = table.find_column(name.substr(0, separator)),
          .how = how->how,
          .sign = how->sign};
}

/// What a client is told whose value is none of the field.
std::string refusal_of(const field_rules& rules, std::string_view text) {
  switch (rules.kind) {
  case field_kind::integer:
  case field_kind::floating:
  case field_kind::decimal:
    return "Enter a number.";
  case field_kind::date:
    return "Enter a valid date.";
  case field_kind::time:
    return "Enter a valid time.";
  case field_kind::date_time:
    return "Enter a valid date/time.";
  case field_kind::duration:
    return "Enter a valid duration.";
  case field_kind::uuid:
    return "Enter a valid UUID.";
  case field_kind::reference:
    return "Select a valid choice. That choice is not one of the available "
           "choices.";
  case field_kind::choice:
    return "Select a valid choice. " + std::string(text)
           + " is not one of the available choices.";
  default:
    return "Enter a valid value.";
  }
}

/// The parts between commas, without white space at their ends.
std::vector<std::string_view> listed(std::string_view text) {
  std::vector<std::string_view> result;
  for (;;) {
    const auto comma = text.find(',');
    result.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos)
      return result;
    text.remove_prefix(comma + 1);
  }
}

bool is_text(field_kind kind) {
  return kind <= field_kind::ip_address;
}

std::optional<bool> read_truth(std::string_view text) {
  if (text == "true" || text == "True" || text == "1")
    return true;
  if (text == "false" || text == "False" || text == "0")
    return false;
  return std::nullopt;
}

/// Reads a value as forms do.
filter_value read_value(const column& field, std::string_view text,
                        sql_session* sql) {
  const auto& rules = field.rules();
  if (text.find('\0') != std::string_view::npos)
    return {.error = "Null characters are not allowed."};
  if (is_text(rules.kind))
    return {.value = json::string(text)};
  if (rules.kind == field_kind::decimal) {
    if (!decimal::parse(text))
      return {.error = refusal_of(rules, text)};
    return {.value = json::string(text)};
  }
  auto result = to_canonical(rules, json::string(text), {});
  if (!result.is_valid() || result.content.is_null()
      || !field.to_key(result.content))
    return {.error = refusal_of(rules, text)};
  if (sql != nullptr && rules.kind == field_kind::reference
      && !row_is_there(*sql, rules.model, rules.by, result.content))
    return {.error = refusal_of(rules, text)};
  return {.value = std::move(result.content)};
}

class filter_reader {
public:
  filter_reader(const model_table& table, sql_session* sql)
      : table_(table), sql_(sql) {}

  /// @param error gets the text of what is wrong.
  row_filter read(std::string_view name, std::string_view text,
                  std::string& error) {
    const auto what = read_name(name, table_);
    const auto& field = *what.field;
    switch (what.how) {
    case lookup::is_null: {
      const auto is_null = read_truth(text);
      if (!is_null)
        return {};
      return *is_null ? where_null(field.name()) : !where_null(field.name());
    }
    case lookup::in:
    case lookup::range:
      return read_several(what, text, error);
    default:
      break;
    }
    if (field.rules().kind == field_kind::boolean) {
      const auto truth = read_truth(text);
      return truth ? where(field.name(), *truth) : row_filter{};
    }
    auto value = read_value(field, text, sql_);
    error = std::move(value.error);
    return row_filter::where(field.name(), what.sign,
                             json::array{std::move(value.value)});
  }

private:
  row_filter read_several(const filter_name& what, std::string_view text,
                          std::string& error) {
    json::array values;
    for (const auto item : listed(text)) {
      if (item.empty())
        continue;
      auto value = read_value(*what.field, item, sql_);
      if (!value.error.empty()) {
        error = std::move(value.error);
        return {};
      }
      values.push_back(std::move(value.value));
    }
    if (values.size() > list_rules::words_max)
      error = "Ensure this field has no more than "
              + std::to_string(list_rules::words_max) + " elements.";
    const auto& name = what.field->name();
    if (what.how == lookup::in)
      return values.empty()
                 ? row_filter{}
                 : row_filter::where(name, comparison::in, std::move(values));
    if (values.size() != 2) {
      error = "Range query expects two values.";
      return {};
    }
    return row_filter::where(name, comparison::greater_or_equal,
                             json::array{values[0]})
           && row_filter::where(name, comparison::less_or_equal,
                                json::array{values[1]});
  }

  const model_table& table_;
  sql_session* sql_;
};

/// How a search looks into a field: `^title` and `=title` are more exact.
row_filter search_field(std::string_view rule, std::string_view word) {
  auto how = comparison::contains;
  if (rule.front() == '^')
    how = comparison::starts_with;
  else if (rule.front() == '=')
    how = comparison::equal_without_case;
  if (how != comparison::contains)
    rule.remove_prefix(1);
  return row_filter::where(std::string(rule), how,
                           json::array{json::string(word)});
}

row_filter read_search(const std::vector<std::string>& rules,
                       std::string_view text, std::string& error) {
  std::string spaced{text};
  std::ranges::replace(spaced, ',', ' ');
  std::istringstream in{spaced};
  row_filter result;
  std::size_t words = 0;
  for (std::string word; in >> word;) {
    // White space of other scripts, which does not separate words.
    if (trimmed(word).empty())
      continue;
    ++words;
    row_filter any = row_filter::none();
    for (const auto& rule : rules)
      any = any || search_field(rule, word);
    result = result && any;
  }
  if (words > list_rules::words_max)
    error = "Ensure this field has no more than "
            + std::to_string(list_rules::words_max) + " words.";
  return result;
}

std::string_view plain_name(std::string_view name, std::string_view marks) {
  if (!name.empty() && marks.find(name.front()) != std::string_view::npos)
    name.remove_prefix(1);
  return name;
}

} // namespace

std::string fault_of(const list_rules& rules, const model_table& table) {
  const auto check = [](std::string_view kind, std::string_view name,
                        const column* field) -> std::string {
    const auto text = std::string(kind) + " \"" + std::string(name) + "\", ";
    if (field == nullptr)
      return text + "which is no field";
    // Its values could be told by what is found.
    return field->rules().write_only ? text + "which clients may not see" : "";
  };
  std::vector<std::string> faults;
  for (const auto& name : rules.ordering)
    faults.push_back(check("has an order by", name, table.find_column(name)));
  for (const auto& name : rules.default_order)
    faults.push_back(check("has an order by", name,
                           table.find_column(plain_name(name, "-"))));
  for (const auto& name : rules.search)
    faults.push_back(check("has a search in", name,
                           table.find_column(plain_name(name, "^="))));
  for (const auto& name : rules.filters)
    faults.push_back(
        check("has a filter by", name, read_name(name, table).field));
  const auto first = std::ranges::find_if(
      faults, [](const auto& text) { return !text.empty(); });
  return first == faults.end() ? std::string{} : *first;
}

std::optional<std::string_view> last_value(const fields& query,
                                           std::string_view name) {
  const auto found =
      std::find_if(query.rbegin(), query.rend(),
                   [&](const auto& field) { return field.first == name; });
  if (found == query.rend())
    return std::nullopt;
  return found->second;
}

row_filter read_filters(const list_rules& rules, const model_table& table,
                        const fields& query, sql_session* sql,
                        json::object& errors) {
  row_filter result;
  const auto add = [&](std::string_view name, const row_filter& next,
                       const std::string& error) {
    if (!error.empty())
      errors[name] = json::array{json::string(error)};
    result = result && next;
  };
  filter_reader reader{table, sql};
  for (const auto& name : rules.filters) {
    const auto text = trimmed(last_value(query, name).value_or(""));
    if (text.empty())
      continue;
    std::string error;
    const auto next = reader.read(name, text, error);
    add(name, next, error);
  }
  if (const auto text = last_value(query, "search");
      text && !rules.search.empty()) {
    std::string error;
    const auto next = read_search(rules.search, *text, error);
    add("search", next, error);
  }
  return result;
}

std::vector<order_term> read_order(const list_rules& rules,
                                   const model_table& table,
                                   const fields& query) {
  std::vector<order_term> result;
  // A field counts where it is named first.
  const auto add = [&](std::string_view name) {
    const auto* by = table.find_column(plain_name(name, "-"));
    if (std::ranges::find(result, by, &order_term::by) == result.end())
      result.push_back({.by = by, .descending = name.starts_with('-')});
  };
  for (const auto name : listed(last_value(query, "ordering").value_or(""))) {
    if (std::ranges::find(rules.ordering, plain_name(name, "-"))
        != rules.ordering.end())
      add(name);
  }
  if (result.empty())
    for (const auto& name : rules.default_order)
      add(name);
  add(table.key().name());
  return result;
}

} // namespace stagedoor
