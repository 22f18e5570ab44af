#include "stagedoor/permissions/credentials/users_file.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/temporary_file.hpp"

namespace users_file_suite {

using namespace stagedoor;
using stagedoor::test::temporary_file;

namespace {

namespace fs = std::filesystem;

using strings = std::vector<std::string>;

constexpr std::size_t file_bytes_max = 16 * 1024 * 1024;

constexpr std::string_view alice =
    R"({"id":1,"username":"alice","token":"a-token"})";

users_file_ptr users_of(std::string_view text) {
  auto result = parse_users(text, "users.json");
  BOOST_REQUIRE_MESSAGE(result, text);
  return *result;
}

/// A file with these entries.
std::string file_of(std::string_view entries) {
  return std::string(R"({"users":[)").append(entries).append("]}");
}

template <class T>
std::string error_of(const caf::expected<T>& result) {
  if (result)
    return "no error";
  BOOST_TEST((code_of(result.error()) == errc::invalid_users_file));
  return text_of(result.error());
}

std::string error_in(std::string_view text) {
  return error_of(parse_users(text, "users.json"));
}

/// What is wrong with an entry that has `fields` and is the second one.
std::string error_in_entry(std::string_view fields) {
  return error_in(
      file_of(std::string(alice).append(",{").append(fields).append("}")));
}

/// A valid entry but for `field`.
std::string error_in_field(std::string_view field) {
  return error_in_entry(
      std::string(R"("id":2,"username":"bob","token":"b-token",)")
          .append(field));
}

} // namespace

BOOST_AUTO_TEST_SUITE(users_file)

BOOST_AUTO_TEST_CASE(no_users_refuses_every_token) {
  BOOST_TEST(!no_users()->authenticate("").has_value());
  BOOST_TEST(!no_users()->authenticate("a-token").has_value());
}

BOOST_AUTO_TEST_CASE(a_token_names_its_user) {
  const auto users =
      users_of(file_of(std::string(alice)
                       + R"(,{"id":"b","username":"bob","token":"b-token"})"));
  const auto first = users->authenticate("a-token");
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST((first->who.id == json::value(1)));
  BOOST_TEST(first->who.username == "alice");
  BOOST_TEST(first->who.is_authenticated());
  const auto second = users->authenticate("b-token");
  BOOST_REQUIRE(second.has_value());
  BOOST_TEST((second->who.id == json::value("b")));
  BOOST_TEST(second->who.username == "bob");
}

BOOST_AUTO_TEST_CASE(any_other_token_is_refused) {
  const auto users = users_of(file_of(alice));
  for (const char* token :
       {"", "a-toke", "a-token ", "A-token", "alice", "a-token\n", "1"})
    BOOST_TEST(!users->authenticate(token).has_value(), token);
  BOOST_TEST(
      !users->authenticate(std::string_view("a-token\0", 8)).has_value());
}

BOOST_AUTO_TEST_CASE(what_an_entry_leaves_out_has_its_default) {
  const auto who = users_of(file_of(alice))->authenticate("a-token");
  BOOST_REQUIRE(who.has_value());
  BOOST_TEST(who->who.is_active);
  BOOST_TEST(!who->who.is_staff);
  BOOST_TEST(!who->who.is_superuser);
  BOOST_TEST(who->who.roles.empty());
  BOOST_TEST(who->who.groups.empty());
  BOOST_TEST(who->who.permissions.empty());
  BOOST_TEST(who->who.attributes.empty());
}

BOOST_AUTO_TEST_CASE(every_key_reaches_its_member) {
  const auto users = users_of(R"({"comment":1,"users":[{"comment":[null],
    "id":18446744073709551615,"username":"root","token":"r","is_active":true,
    "is_staff":true,"roles":["r1","r2"],"groups":["g"],
    "permissions":["p"],"attributes":{"desk":[1]}},
    {"id":-1,"username":"su","token":"s","is_superuser":true}]})");
  const auto root = users->authenticate("r");
  BOOST_REQUIRE(root.has_value());
  BOOST_TEST((root->who.id == json::value(18446744073709551615U)));
  BOOST_TEST(root->who.is_staff);
  BOOST_TEST(!root->who.is_superuser);
  BOOST_TEST((root->who.roles == strings{"r1", "r2"}));
  BOOST_TEST((root->who.groups == strings{"g"}));
  BOOST_TEST((root->who.permissions == strings{"p"}));
  BOOST_TEST((root->who.attributes == json::object{{"desk", json::array{1}}}));
  const auto su = users->authenticate("s");
  BOOST_REQUIRE(su.has_value());
  BOOST_TEST((su->who.id == json::value(-1)));
  BOOST_TEST(!su->who.is_staff);
  BOOST_TEST(su->who.is_superuser);
}

BOOST_AUTO_TEST_CASE(a_user_who_is_not_active_is_refused) {
  const auto users = users_of(
      file_of(std::string(alice)
              + R"(,{"id":2,"username":"bob","token":"b","is_active":false})"));
  BOOST_TEST(!users->authenticate("b").has_value());
  BOOST_TEST(users->authenticate("a-token").has_value());
}

BOOST_AUTO_TEST_CASE(a_file_without_entries_refuses_every_token) {
  const auto users = users_of(R"({"users":[]})");
  BOOST_TEST(!users->authenticate("").has_value());
  BOOST_TEST(!users->authenticate("a-token").has_value());
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_users_file_is_told_so) {
  for (const char* text : {"", "{", R"({"users":[]} x)"})
    BOOST_TEST(error_in(text) == "users.json: is not valid JSON");
  BOOST_TEST(error_in("[]")
             == "users.json: must be an object with the key \"users\"");
  BOOST_TEST(error_in("{}") == "users.json: \"users\" is missing");
  BOOST_TEST(error_in(R"({"users":{}})")
             == "users.json: \"users\" must be a list");
  BOOST_TEST(error_in(R"({"users":null})")
             == "users.json: \"users\" must be a list");
  BOOST_TEST(error_in(R"({"users":[],"user":[]})")
             == "users.json: \"user\" is not a known key");
}

BOOST_AUTO_TEST_CASE(attributes_nest_up_to_a_depth) {
  const auto nested = [](std::size_t depth) {
    // Three levels are around the attributes.
    return file_of(R"({"id":1,"username":"a","token":"t","attributes":{"x":)"
                   + std::string(depth - 4, '[') + std::string(depth - 4, ']')
                   + "}}");
  };
  BOOST_TEST(error_in(nested(32)) == "no error");
  BOOST_TEST(error_in(nested(33)) == "users.json: is not valid JSON");
}

BOOST_AUTO_TEST_CASE(an_entry_is_an_object) {
  for (const char* entry : {"null", "[]", "1"})
    BOOST_TEST(error_in(file_of(std::string(alice) + "," + entry))
               == "users.json: entry 2: must be an object");
}

BOOST_AUTO_TEST_CASE(id_username_and_token_are_required) {
  BOOST_TEST(error_in_entry(R"("username":"bob","token":"b")")
             == "users.json: entry 2: \"id\" is missing");
  BOOST_TEST(error_in_entry(R"("id":2,"token":"b")")
             == "users.json: entry 2: \"username\" is missing");
  BOOST_TEST(error_in_entry(R"("id":2,"username":"bob")")
             == "users.json: entry 2: \"token\" is missing");
}

BOOST_AUTO_TEST_CASE(an_id_is_an_integer_or_a_string_with_text) {
  for (const char* id : {"null", "1.5", "2.0", "true", "\"\"", "[2]", "{}"})
    BOOST_TEST(
        error_in_entry(std::string(R"("username":"b","token":"b","id":)") + id)
            == "users.json: entry 2: \"id\" must be an integer or a "
               "non-empty string",
        id);
}

BOOST_AUTO_TEST_CASE(username_and_token_are_strings_with_text) {
  for (const char* value : {"null", "1", "\"\"", "[\"b\"]"}) {
    BOOST_TEST(
        error_in_entry(std::string(R"("id":2,"token":"b","username":)") + value)
        == "users.json: entry 2: \"username\" must be a non-empty "
           "string");
    BOOST_TEST(
        error_in_entry(std::string(R"("id":2,"username":"b","token":)") + value)
        == "users.json: entry 2: \"token\" must be a non-empty string");
  }
}

BOOST_AUTO_TEST_CASE(flags_are_true_or_false) {
  for (const std::string key : {"is_active", "is_staff", "is_superuser"})
    for (const std::string value : {"null", "1", "\"true\""})
      BOOST_TEST(error_in_field('"' + key + "\":" + value)
                 == "users.json: entry 2: \"" + key
                        + "\" must be true or false");
}

BOOST_AUTO_TEST_CASE(roles_groups_and_permissions_are_lists_of_strings) {
  for (const std::string key : {"roles", "groups", "permissions"})
    for (const std::string value : {"null", "\"r\"", "[1]", "[\"r\",\"\"]"})
      BOOST_TEST(error_in_field('"' + key + "\":" + value)
                 == "users.json: entry 2: \"" + key
                        + "\" must be a list of non-empty strings");
}

BOOST_AUTO_TEST_CASE(attributes_are_an_object) {
  for (const std::string value : {"null", "[]", "\"x\""})
    BOOST_TEST(error_in_field("\"attributes\":" + value)
               == "users.json: entry 2: \"attributes\" must be an object");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_an_error) {
  BOOST_TEST(error_in_field(R"("is_admin":true)")
             == "users.json: entry 2: \"is_admin\" is not a known key");
  BOOST_TEST(error_in_field(R"("comment":{"any":"thing"})") == "no error");
}

BOOST_AUTO_TEST_CASE(ids_names_and_tokens_are_unique) {
  BOOST_TEST(error_in_entry(R"("id":1,"username":"bob","token":"b")")
             == "users.json: entry 2: \"id\" is taken by an earlier entry");
  BOOST_TEST(
      error_in_entry(R"("id":2,"username":"alice","token":"b")")
      == "users.json: entry 2: \"username\" is taken by an earlier entry");
  BOOST_TEST(error_in_entry(R"("id":2,"username":"bob","token":"a-token")")
             == "users.json: entry 2: \"token\" is taken by an earlier entry");
}

BOOST_AUTO_TEST_CASE(an_integer_id_equals_its_decimal_spelling) {
  BOOST_TEST(error_in_entry(R"("id":"1","username":"bob","token":"b")")
             == "users.json: entry 2: \"id\" is taken by an earlier entry");
  BOOST_TEST(error_in_entry(R"("id":"01","username":"bob","token":"b")")
             == "no error");
}

BOOST_AUTO_TEST_CASE(an_error_never_shows_a_token) {
  const auto text =
      error_in_entry(R"("id":2,"token":"a-token","username":"b")");
  BOOST_TEST(text.find("a-token") == std::string::npos);
}

// -- groups -------------------------------------------------------------------

/// A file with a table of groups, and an entry that is in `groups`.
std::string grouped(std::string_view table, std::string_view groups) {
  return std::string(R"({"users":[{"id":1,"username":"alice","token":"t",)")
      .append(R"("groups":)")
      .append(groups)
      .append(R"(}],"groups":)")
      .append(table)
      .append("}");
}

BOOST_AUTO_TEST_CASE(groups_give_their_codenames_sorted_and_once) {
  const auto users =
      users_of(grouped(R"({"a":["z.y","b.c"],"b":["b.c","a.a"],"c":["no.no"]})",
                       R"(["b","a"])"));
  const auto who = users->authenticate("t");
  BOOST_REQUIRE(who.has_value());
  BOOST_TEST((who->who.groups == strings{"b", "a"}));
  BOOST_TEST((who->who.group_permissions == strings{"a.a", "b.c", "z.y"}));
  BOOST_TEST(who->who.permissions.empty());
  BOOST_TEST((users->groups().at("a") == strings{"z.y", "b.c"}));
}

BOOST_AUTO_TEST_CASE(a_group_may_give_nothing) {
  const auto users = users_of(grouped(R"({"a":[]})", R"(["a"])"));
  BOOST_TEST(users->find("alice")->group_permissions.empty());
}

BOOST_AUTO_TEST_CASE(without_a_table_any_group_will_do) {
  const auto users = users_of(file_of(
      R"({"id":1,"username":"alice","token":"t","groups":["whatever"]})"));
  BOOST_TEST(users->find("alice")->group_permissions.empty());
  BOOST_TEST(users->groups().empty());
}

BOOST_AUTO_TEST_CASE(with_a_table_an_unknown_group_is_an_error) {
  for (const char* table : {"{}", R"({"b":[]})"})
    BOOST_TEST(error_in(grouped(table, R"(["a\n"])"))
               == "users.json: entry 1: \"groups\" names the unknown group "
                  "\"a\\n\"");
}

BOOST_AUTO_TEST_CASE(the_table_of_groups_is_an_object_of_lists) {
  for (const char* table : {"null", "[]", "\"a\""})
    BOOST_TEST(error_in(grouped(table, "[]"))
               == "users.json: \"groups\" must be an object");
  for (const std::string list : {"null", "{}", "\"a\"", "[1]", "[\"\"]"})
    BOOST_TEST(
        error_in(grouped("{\"g\":" + list + "}", "[]"))
        == "users.json: group \"g\": must be a list of non-empty strings");
}

// -- look-up ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_user_is_found_by_name_also_when_not_active) {
  const auto users = users_of(
      file_of(std::string(alice)
              + R"(,{"id":2,"username":"bob","token":"b","is_active":false})"));
  BOOST_REQUIRE(users->find("alice") != nullptr);
  BOOST_TEST((users->find("alice")->id == json::value(1)));
  BOOST_REQUIRE(users->find("bob") != nullptr);
  BOOST_TEST(!users->find("bob")->is_active);
  for (const char* name : {"", "carol", "Alice", "a-token"})
    BOOST_TEST(users->find(name) == nullptr, name);
}

BOOST_AUTO_TEST_CASE(one_user_is_read_without_a_token) {
  const auto who = parse_user(
      R"({"id":7,"username":"eve","is_active":false,"is_staff":true,
          "is_superuser":true,"roles":["r"],"groups":["g"],
          "permissions":["p"],"group_permissions":["q"],
          "attributes":{"a":1}})");
  BOOST_REQUIRE(who);
  BOOST_TEST((who->id == json::value(7)));
  BOOST_TEST(who->username == "eve");
  BOOST_TEST(!who->is_active);
  BOOST_TEST(who->is_staff);
  BOOST_TEST(who->is_superuser);
  BOOST_TEST((who->roles == strings{"r"}));
  BOOST_TEST((who->groups == strings{"g"}));
  BOOST_TEST((who->permissions == strings{"p"}));
  BOOST_TEST((who->group_permissions == strings{"q"}));
  BOOST_TEST((who->attributes == json::object{{"a", 1}}));
}

BOOST_AUTO_TEST_CASE(one_user_needs_an_id_only) {
  BOOST_TEST(parse_user(R"({"id":7})")->username == "7");
  BOOST_TEST(parse_user(R"({"id":"u7"})")->username == "u7");
  BOOST_TEST(error_of(parse_user("{}")) == "\"id\" is missing");
  BOOST_TEST(error_of(parse_user(R"({"id":null})"))
             == "\"id\" must be an integer or a non-empty string");
}

BOOST_AUTO_TEST_CASE(one_user_is_an_object_of_known_keys) {
  BOOST_TEST(error_of(parse_user("{")) == "is not valid JSON");
  BOOST_TEST(error_of(parse_user("[]")) == "must be an object");
  BOOST_TEST(error_of(parse_user(R"({"id":1,"token":"t"})"))
             == "\"token\" is not a known key");
  BOOST_TEST(error_of(parse_user(R"({"id":1,"group_permissions":"p"})"))
             == "\"group_permissions\" must be a list of non-empty strings");
}

// -- several authenticators ---------------------------------------------------

BOOST_AUTO_TEST_CASE(of_several_authenticators_the_first_that_knows_answers) {
  const auto first = users_of(file_of(alice));
  const auto second =
      users_of(file_of(R"({"id":2,"username":"other","token":"a-token"},)"
                       R"({"id":3,"username":"bob","token":"b-token"})"));
  const auto both = any_of_authenticators({first, second});
  BOOST_TEST(both->authenticate("a-token")->who.username == "alice");
  BOOST_TEST(both->authenticate("b-token")->who.username == "bob");
  BOOST_TEST(!both->authenticate("c-token").has_value());
  BOOST_TEST(!any_of_authenticators({})->authenticate("").has_value());
}

// -- files --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_is_read) {
  const temporary_file file(file_of(alice));
  const auto result = read_users_file(file.path());
  BOOST_REQUIRE(result);
  BOOST_TEST((*result)->authenticate("a-token").has_value());
}

BOOST_AUTO_TEST_CASE(an_error_in_a_file_names_its_path) {
  const temporary_file file(file_of("1"));
  const auto path = file.path();
  BOOST_TEST(error_of(read_users_file(path))
             == path + ": entry 1: must be an object");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_an_error) {
  BOOST_TEST(error_of(read_users_file("/nowhere/users.json"))
             == "/nowhere/users.json: cannot be read");
  const auto folder = fs::temp_directory_path().string();
  BOOST_TEST(error_of(read_users_file(folder)) == folder + ": cannot be read");
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_no_json) {
  const temporary_file file("");
  const auto path = file.path();
  BOOST_TEST(error_of(read_users_file(path)) == path + ": is not valid JSON");
}

BOOST_AUTO_TEST_CASE(a_file_has_a_size_limit) {
  auto text = file_of(alice);
  text.resize(file_bytes_max, ' ');
  {
    const temporary_file file(text);
    BOOST_TEST(error_of(read_users_file(file.path())) == "no error");
  }
  const temporary_file file(text + ' ');
  const auto path = file.path();
  BOOST_TEST(error_of(read_users_file(path))
             == path + ": is longer than 16777216 bytes");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace users_file_suite
