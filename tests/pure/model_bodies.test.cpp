#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/model/object_description.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/oracle_fields.hpp"
#include "support/source_tree.hpp"

namespace model_bodies_suite {

// Replays the rows of tests/oracle/bodies_sqlite.jsonl for which nobody has to
// ask a database, and tests what whole objects add to their fields.

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using rows = std::vector<json::object>;

const rows& oracle_rows() {
  static const auto all = [] {
    std::ifstream in(top_of_tree() / "tests/oracle/bodies_sqlite.jsonl");
    rows result;
    for (std::string line; std::getline(in, line);) {
      // A row that holds half of a character is of no use here.
      if (auto row = parse_json(line, wire_depth_max))
        result.push_back(std::move(row->get_object()));
    }
    return result;
  }();
  return all;
}

std::string text_at(const json::object& row, std::string_view key) {
  const auto* value = row.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string{};
}

/// Makes a description of what Python prints of a serializer: a line for each
/// field, and then its validators.
object_description description_of(const json::object& mapping) {
  object_description result(text_at(mapping, "serializer"));
  std::istringstream in(text_at(mapping, "repr"));
  for (std::string line; std::getline(in, line);) {
    if (const auto equals = line.find(" = ");
        equals != std::string::npos && !line.starts_with("        ")) {
      const auto name = line.substr(4, equals - 4);
      result.field(name, nested_field(line.substr(equals + 3)));
    }
    constexpr std::string_view set = "<UniqueTogetherValidator(";
    for (auto at = line.find(set); at != std::string::npos;
         at = line.find(set, at + 1)) {
      const auto fields = line.substr(line.find("fields=(", at));
      std::vector<std::string> names;
      for (const auto& name :
           split_python(fields.substr(8, fields.find(')') - 8)))
        names.push_back(name.substr(1, name.size() - 2));
      result.unique_together(names);
    }
  }
  return result;
}

const object_description& described(const std::string& serializer) {
  static const auto all = [] {
    std::map<std::string, object_description> result;
    for (const auto& row : oracle_rows()) {
      if (text_at(row, "case") == "mapping")
        result.emplace(text_at(row, "serializer"), description_of(row));
    }
    return result;
  }();
  return all.at(serializer);
}

validation_context context(bool partial) {
  return {.partial = partial,
          .exists = [](std::string_view model, std::string_view,
                       const json::value& key) {
            if (model == "Author")
              return key == json::value(1) || key == json::value(2);
            if (model == "Kind")
              return key == json::value("k");
            return key == json::value("11111111-1111-4111-8111-111111111111");
          }};
}

std::string text_of(const validation_result& result) {
  if (result.is_absent())
    return "absent";
  return (result.is_valid() ? "valid " : "errors ") + to_json(result.content);
}

/// What Python prints of a value, as JSON: it differs in null and quotes only.
std::optional<json::value> parse_python(std::string text) {
  if (text == "None")
    return json::value{};
  std::replace(text.begin(), text.end(), '\'', '"');
  auto value = parse_json(text, wire_depth_max);
  return value ? std::optional{std::move(*value)} : std::nullopt;
}

/// Whether only a database can give this answer.
bool needs_database(const std::string& reply) {
  for (const auto* text : {"already exists", "must make a unique set",
                           "must be unique for", "Not found"}) {
    if (reply.find(text) != std::string::npos)
      return true;
  }
  return false;
}

/// The name of the serializer behind a path such as `/must/1/`.
std::string serializer_of(const std::string& request) {
  const auto begin = request.find('/') + 1;
  auto name = request.substr(begin, request.find('/', begin) - begin);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

/// Whether each canonical value is what the reply shows.
bool is_shown(const json::object& canonical, const json::object& reply) {
  return std::all_of(
      canonical.begin(), canonical.end(), [&](const auto& member) {
        const auto* shown = reply.if_contains(member.key());
        return shown != nullptr && to_json(*shown) == to_json(member.value());
      });
}

/// A description with the rules that the rows "cross-field" were made with.
object_description cross_field() {
  object_description result;
  result.field("b", field::integer().at_most(5))
      .field("a", field::integer().check([](const json::value& a) {
        return a == json::value(13) ? "unlucky" : "";
      }))
      .field("ro", field::text().read_only())
      .field("wo", field::text().write_only().optional())
      .field("d", field::integer().by_default(3))
      .check([](const json::object& object) -> json::value {
        const auto number = [&](std::string_view key) {
          const auto* value = object.if_contains(key);
          return value != nullptr ? value->to_number<int>() : 0;
        };
        if (number("a") == -1)
          return {{"a", "minus"}, {"zz", {"q"}}};
        if (number("a") == -2)
          return {"one", "two"};
        if (number("a") == 14)
          return json::object{{"a", {"x", "y"}}};
        if (number("a") == 15)
          return json::object{{"a", json::object{{"deep", "z"}}}};
        return number("a") > number("b") ? json::value("a above b")
                                         : json::value{};
      });
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_bodies)

BOOST_AUTO_TEST_CASE(whole_bodies_are_refused_as_the_original_does) {
  std::size_t count = 0;
  for (const auto& row : oracle_rows()) {
    if (!row.contains("valid") || !row.contains("serializer"))
      continue;
    auto data = parse_python(text_at(row, "data"));
    BOOST_REQUIRE(data);
    // The table shortens the one object that has a title.
    if (row.at("many").get_bool() && to_json(*data) == "[{}]")
      data = parse_python("[{'title':'t'}]");
    const auto& description = described(text_at(row, "serializer"));
    const auto result = row.at("many").get_bool()
                            ? description.validate_many(&*data)
                            : description.validate(&*data);
    BOOST_TEST(result.is_valid() == row.at("valid").get_bool());
    if (result.is_invalid())
      BOOST_TEST(to_json(result.content) == to_json(row.at("errors")));
    ++count;
  }
  BOOST_TEST_MESSAGE(count << " rows");
  BOOST_TEST(count > 10u);
}

BOOST_AUTO_TEST_CASE(requests_are_validated_as_the_original_does) {
  std::size_t count = 0;
  for (const auto& row : oracle_rows()) {
    const auto request = text_at(row, "request");
    const auto reply = text_at(row, "reply");
    const bool partial = request.starts_with("PATCH");
    const auto status =
        row.contains("status") ? row.at("status").get_int64() : 0;
    if ((!partial && !request.starts_with("POST")
         && !request.starts_with("PUT"))
        || (status != 200 && status != 201 && status != 400)
        || needs_database(reply))
      continue;
    const auto body = text_at(row, "body");
    const auto value = parse_json(body.empty() ? "{}" : body, wire_depth_max);
    if (!value)
      continue;
    const auto result =
        described(serializer_of(request)).validate(&*value, context(partial));
    const auto expected = parse_json(reply, wire_depth_max);
    BOOST_REQUIRE(expected);
    BOOST_TEST_CONTEXT(request << ' ' << body << ": " << text_of(result)) {
      BOOST_TEST(result.is_valid() == (status < 400));
      if (result.is_valid())
        BOOST_TEST(
            is_shown(result.content.get_object(), expected->get_object()));
      else
        BOOST_TEST(to_json(result.content) == reply);
    }
    ++count;
  }
  BOOST_TEST_MESSAGE(count << " rows");
  BOOST_TEST(count > 30u);
}

BOOST_AUTO_TEST_CASE(fields_of_a_model_are_validated_as_the_original_does) {
  std::size_t count = 0;
  for (const auto& row : oracle_rows()) {
    const auto name = text_at(row, "case");
    const auto status =
        row.contains("status") ? row.at("status").get_int64() : 0;
    const auto input = parse_json(text_at(row, "input"), wire_depth_max);
    const auto errors = row.contains("errors") ? to_json(row.at("errors")) : "";
    // A row of the table between two others exists once in the database.
    if (!name.starts_with("item.") || !input || status == 500
        || needs_database(errors)
        || (input->is_array() && input->get_array().size() == 2))
      continue;
    const json::value body = json::object{{name.substr(5), *input}};
    const auto result = described("Item").validate(&body, context(true));
    BOOST_TEST_CONTEXT(name << ' ' << to_json(*input) << ": "
                            << text_of(result)) {
      if (status == 400) {
        BOOST_TEST(result.is_invalid());
        BOOST_TEST(to_json(result.content) == errors);
      } else {
        BOOST_REQUIRE(result.is_valid());
        const auto* value =
            result.content.get_object().if_contains(name.substr(5));
        const auto shown = parse_json(text_at(row, "value"), wire_depth_max);
        // Read-only fields have no value here.
        if (value != nullptr && shown)
          BOOST_TEST(to_json(*value) == to_json(*shown));
      }
    }
    ++count;
  }
  BOOST_TEST_MESSAGE(count << " rows");
  BOOST_TEST(count > 80u);
}

BOOST_AUTO_TEST_CASE(rules_about_several_fields_speak_as_the_original_does) {
  std::size_t count = 0;
  const auto description = cross_field();
  for (const auto& row : oracle_rows()) {
    // The rule of a partial update saw the stored object.
    if (text_at(row, "case") != "cross-field")
      continue;
    const auto result = description.validate(
        &row.at("data"), {.partial = row.at("partial").get_bool()});
    BOOST_TEST_CONTEXT(to_json(row.at("data")) << ": " << text_of(result)) {
      BOOST_TEST(result.is_valid() == row.at("valid").get_bool());
      if (result.is_invalid())
        BOOST_TEST(to_json(result.content) == to_json(row.at("errors")));
      else
        BOOST_TEST(to_json(result.content) == to_json(row.at("validated")));
    }
    ++count;
  }
  BOOST_TEST_MESSAGE(count << " rows");
  BOOST_TEST(count > 8u);
}

BOOST_AUTO_TEST_CASE(shows_fields_in_order_and_without_the_write_only_ones) {
  const json::object stored{{"d", 3}, {"wo", "w"},  {"a", 1},
                            {"b", 2}, {"ro", "RO"}, {"other", 0}};
  BOOST_TEST(to_json(cross_field().shown(stored))
             == R"({"b":2,"a":1,"ro":"RO","d":3})");
}

BOOST_AUTO_TEST_CASE(a_description_may_refuse_unknown_keys) {
  object_description description;
  description.field("a", field::integer())
      .field("id", field::integer().read_only())
      .refuse_unknown_keys();
  const json::value body = {{"x", 1}, {"id", 7}, {"a", "b"}};
  BOOST_TEST(to_json(description.validate(&body).content)
             == R"({"a":["A valid integer is required."],)"
                R"("x":["Unexpected field."]})");
}

BOOST_AUTO_TEST_CASE(fields_that_are_unique_together_are_required) {
  object_description description;
  description.field("a", field::integer().optional().nullable())
      .field("b", field::integer().by_default(1))
      .field("c", field::integer().optional())
      .unique_together({"a", "b"});
  const json::value body = json::object{};
  BOOST_TEST(text_of(description.validate(&body))
             == R"(errors {"a":["This field is required."]})");
  BOOST_TEST(text_of(description.validate(&body, {.partial = true}))
             == "valid {}");
}

BOOST_AUTO_TEST_CASE(a_field_may_be_replaced) {
  object_description description;
  description.field("a", field::text())
      .field("b", field::text())
      .field("a", field::integer());
  const json::value body = {{"b", "x"}, {"a", "1"}};
  BOOST_TEST(to_json(description.validate(&body).content)
             == R"({"a":1,"b":"x"})");
}

BOOST_AUTO_TEST_CASE(a_partial_update_is_partial_in_nested_objects_too) {
  object_description inner;
  inner.field("a", field::integer()).field("b", field::integer());
  object_description outer;
  outer.field("in", field::object(inner)).field("c", field::text());
  const json::value body = json::object{{"in", json::object{{"a", 1}}}};
  BOOST_TEST(text_of(outer.validate(&body))
             == R"(errors {"in":{"b":["This field is required."]},)"
                R"("c":["This field is required."]})");
  BOOST_TEST(text_of(outer.validate(&body, {.partial = true}))
             == R"(valid {"in":{"a":1}})");
}

BOOST_AUTO_TEST_CASE(an_absent_body_is_no_data) {
  object_description description;
  BOOST_TEST(text_of(description.validate(nullptr))
             == R"(errors {"non_field_errors":["No data provided"]})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_bodies_suite
