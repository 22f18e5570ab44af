#pragma once

#include "stagedoor/protocol/model/field.hpp"
#include "stagedoor/protocol/model/object_description.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Makes fields of the options in tests/oracle/, which are arguments in Python,
// such as `max_length=5, min_length=2`.

namespace stagedoor::test {

/// Cuts a text at its commas, but not inside of brackets and quotes.
inline std::vector<std::string> split_python(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      quote = c == quote ? '\0' : quote;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else {
      depth += std::string_view{"([{"}.find(c) != std::string_view::npos;
      depth -= std::string_view{")]}"}.find(c) != std::string_view::npos;
    }
    if (c == ',' && depth == 0 && quote == 0)
      parts.push_back(std::exchange(part, {}));
    else if (c != ' ' || !part.empty())
      part += c;
  }
  if (!part.empty())
    parts.push_back(part);
  return parts;
}

/// What stands between the first and the last of two brackets.
inline std::string inside(std::string_view text, char open, char close) {
  const auto begin = text.find(open);
  const auto end = text.rfind(close);
  if (begin == std::string_view::npos || end == std::string_view::npos)
    return {};
  return std::string(text.substr(begin + 1, end - begin - 1));
}

/// A literal of Python; of a pair, as choices have them, the first half.
inline json::value python_literal(const std::string& text) {
  if (text == "True" || text == "False")
    return text == "True";
  if (text == "None")
    return nullptr;
  if (text.starts_with('('))
    return python_literal(split_python(inside(text, '(', ')')).at(0));
  if (text.starts_with("r'"))
    return json::string(text.substr(2, text.size() - 3));
  if (text.starts_with('\''))
    return json::string(text.substr(1, text.size() - 2));
  if (text == "datetime.timedelta(0)")
    return "00:00:00";
  if (text == "datetime.timedelta(days=1)")
    return "1 00:00:00";
  return std::stoll(text);
}

using python_options = std::map<std::string, std::string>;

inline python_options options_of(std::string_view text) {
  python_options options;
  for (const auto& part : split_python(text)) {
    const auto equals = part.find('=');
    options[part.substr(0, equals)] = part.substr(equals + 1);
  }
  return options;
}

field field_named(const std::string& name, const std::string& options);

/// `S.IntegerField(min_value=0)` or, inside of a serializer, without `S.`.
inline field nested_field(std::string text) {
  if (text.starts_with("S."))
    text.erase(0, 2);
  return field_named(text.substr(0, text.find('(')), inside(text, '(', ')'));
}

inline std::vector<json::value> choices_of(const python_options& options) {
  std::vector<json::value> choices;
  for (const auto& part : split_python(inside(options.at("choices"), '[', ']')))
    choices.push_back(python_literal(part));
  return choices;
}

/// `Serializer{a:IntegerField,b:CharField(required=False)}`.
inline field serializer_named(const std::string& name) {
  object_description description;
  for (const auto& part : split_python(inside(name, '{', '}'))) {
    const auto colon = part.find(':');
    description.field(part.substr(0, colon),
                      nested_field(part.substr(colon + 1)));
  }
  return field::object(description);
}

inline field related_field(const python_options& options) {
  const auto& rows = options.at("queryset");
  const auto model = rows.substr(0, rows.find('.'));
  auto key = key_type::integer;
  if (model == "Tag")
    key = key_type::uuid;
  else if (model == "Kind" || options.contains("slug_field"))
    key = key_type::text;
  auto result = field::reference(model, key);
  if (options.contains("slug_field"))
    result = result.by(
        std::string(python_literal(options.at("slug_field")).get_string()));
  if (options.contains("pk_field"))
    result = result.with_key(nested_field(options.at("pk_field")));
  return result;
}

inline std::optional<std::size_t> count_of(const python_options& options,
                                           const std::string& name) {
  const auto found = options.find(name);
  if (found == options.end() || found->second == "None")
    return std::nullopt;
  return std::stoul(found->second);
}

inline field plain_field(const std::string& name,
                         const python_options& options) {
  const auto option = [&](const char* key) {
    const auto found = options.find(key);
    return found == options.end() ? json::value{}
                                  : python_literal(found->second);
  };
  const std::map<std::string, field (*)()> makers = {
      {"CharField", field::text},
      {"EmailField", field::email},
      {"URLField", field::url},
      {"UUIDField", field::uuid},
      {"SlugField", field::slug},
      {"FloatField", field::floating},
      {"BooleanField", field::boolean},
      {"DateField", field::date},
      {"DateTimeField", field::date_time},
      {"TimeField", field::time},
      {"DurationField", field::duration}};
  if (const auto maker = makers.find(name); maker != makers.end())
    return maker->second();
  if (name == "IntegerField")
    return field::integer();
  if (name == "DecimalField")
    return field::decimal(count_of(options, "max_digits"),
                          count_of(options, "decimal_places"));
  if (name == "RegexField")
    return field::regex(option("regex").get_string());
  if (name == "IPAddressField") {
    const auto protocol = option("protocol");
    if (protocol == json::value("ipv4"))
      return field::ip_address(ip_version::v4);
    return field::ip_address(protocol == json::value("ipv6") ? ip_version::v6
                                                             : ip_version::any);
  }
  if (name == "JSONField")
    return options.contains("binary") ? field::json_text() : field::json();
  if (name == "ChoiceField")
    return field::choice(choices_of(options));
  if (name == "MultipleChoiceField")
    return field::multiple_choice(choices_of(options));
  const bool has_child = options.contains("child");
  if (name == "ListField")
    return has_child ? field::list(nested_field(options.at("child")))
                     : field::list();
  if (name == "DictField")
    return has_child ? field::dictionary(nested_field(options.at("child")))
                     : field::dictionary();
  if (name == "PrimaryKeyRelatedField" || name == "SlugRelatedField")
    return related_field(options);
  if (name == "ModelField")
    return field::anything();
  if (name.starts_with("Serializer{"))
    return serializer_named(name);
  throw std::invalid_argument("no field of ours is like " + name);
}

/// One option of any field.
inline field with_option(const field& base, const std::string& name,
                         const json::value& value) {
  const bool on = value == json::value(true);
  const auto count = [&] { return value.to_number<std::size_t>(); };
  const std::map<std::string, field (field::*)() const> switches = {
      {"allow_null", &field::nullable},
      {"allow_blank", &field::may_be_blank},
      {"allow_unicode", &field::any_language},
      {"read_only", &field::read_only},
      {"write_only", &field::write_only},
      {"many", &field::many}};
  if (const auto found = switches.find(name); found != switches.end())
    return on ? (base.*found->second)() : base;
  if (name == "required")
    return on ? base : base.optional();
  if (name == "allow_empty")
    return on ? base : base.not_empty();
  if (name == "trim_whitespace")
    return on ? base : base.keep_whitespace();
  if (name == "coerce_to_string")
    return on ? base : base.as_number();
  if (name == "default")
    return base.by_default(value);
  if (name == "max_length")
    return base.length_max(count());
  if (name == "min_length")
    return base.length_min(count());
  if (name == "min_value")
    return base.at_least(value);
  if (name == "max_value")
    return base.at_most(value);
  if (name == "format")
    return base.shown_as(value == json::value("hex")   ? uuid_form::digits
                         : value == json::value("int") ? uuid_form::integer
                                                       : uuid_form::urn);
  throw std::invalid_argument("no function of a field is like " + name);
}

inline field field_named(const std::string& name, const std::string& text) {
  // Those of the functions that make fields, and those of forms and databases.
  static const std::vector<std::string_view> others = {
      "label",      "style",       "encoder",    "decoder",
      "validators", "model_field", "choices",    "child",
      "queryset",   "slug_field",  "max_digits", "decimal_places",
      "regex",      "pk_field",    "binary",     "protocol"};
  const auto options = options_of(text);
  auto result = plain_field(name, options);
  for (const auto& [key, value] : options) {
    if (std::find(others.begin(), others.end(), key) == others.end())
      result = with_option(result, key, python_literal(value));
  }
  return result;
}

} // namespace stagedoor::test
