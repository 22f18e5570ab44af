#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/permission_list.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace builtin_permission_suite {

using namespace stagedoor;

namespace {

scope scope_of(user who) {
  scope result;
  result.user = std::move(who);
  return result;
}

request request_of(const user& who, std::string action = "update") {
  request_data data;
  data.scope = std::make_shared<const scope>(scope_of(who));
  data.message.head.action = std::move(action);
  return request(std::move(data));
}

/// The verdict, and for operators the reason; a client must see no text of its
/// own and the default status.
std::string spell(const decision& answer) {
  if (answer.is_allowed())
    return "allow";
  BOOST_TEST((answer.answer == decision::verdict::deny));
  BOOST_TEST(answer.status == 403);
  BOOST_TEST(answer.message + answer.code == "");
  return answer.reason;
}

std::string ask(const permission& rule, const user& who,
                std::string action = "update") {
  const auto asked = request_of(who, std::move(action));
  return spell(rule->has_permission(asked.scope(), asked.action(), asked));
}

std::string ask_object(const permission& rule, const user& who,
                       const json::value& object) {
  const auto asked = request_of(who);
  return spell(
      rule->has_object_permission(asked.scope(), "update", asked, object));
}

/// Ann, who is logged in and active and has nothing, but for what `change`
/// gives to her.
user ann(const std::function<void(user&)>& change = {}) {
  user result;
  result.id = 4;
  result.username = "ann";
  if (change)
    change(result);
  return result;
}

user staff() {
  return ann([](user& x) { x.is_staff = true; });
}

user superuser() {
  return ann([](user& x) { x.is_superuser = true; });
}

/// Everything but logged in, or active.
user almost(bool is_active) {
  user result;
  if (!is_active)
    result.id = 4;
  result.username = "ann";
  result.is_active = is_active;
  result.is_staff = true;
  result.is_superuser = true;
  result.roles = {"editor"};
  result.groups = {"editors"};
  result.permissions = {"posts.add_post"};
  result.group_permissions = {"posts.add_post"};
  return result;
}

/// What `rule` overrides, as the bits of `question`.
int overridden(const permission& rule) {
  int result = 0;
  for (auto asked : {question::can_connect, question::has_permission,
                     question::has_object_permission})
    if (rule->overrides(asked))
      result |= static_cast<int>(asked);
  return result;
}

} // namespace

namespace {

// A `std::string` would take both literals for its begin and its end.
template <class Text>
concept lists_are_fields = requires(Text text) {
  is_owner({text, text});
};
template <class Text>
concept lists_are_codenames = requires(Text text) {
  has_model_permission({text, text});
};
static_assert(!lists_are_fields<const char*>);
static_assert(!lists_are_codenames<const char*>);

} // namespace

BOOST_AUTO_TEST_SUITE(builtin_permission)

BOOST_AUTO_TEST_CASE(each_has_its_name_its_questions_and_a_description) {
  struct row {
    permission rule;
    std::string name;
    std::string description;
    int questions;
  };
  const std::string logged_in = "users who are logged in";
  for (const auto& [rule, name, description, questions] : std::vector<row>{
           {allow_any(), "AllowAny", "everybody", 2},
           {deny_all(), "DenyAll", "nobody", 2},
           {is_authenticated(), "IsAuthenticated", logged_in, 2},
           {is_authenticated_strictly(), "IsAuthenticatedStrictly", logged_in,
            3},
           {is_authenticated_or_read_only(), "IsAuthenticatedOrReadOnly",
            logged_in + ", everybody to read", 2},
           {is_authenticated_or_read_only({"search", "count"}),
            R"(IsAuthenticatedOrReadOnly("search", "count"))",
            logged_in + ", everybody to read", 2},
           {is_admin_user(), "IsAdminUser", "staff", 2},
           {is_superuser(), "IsSuperUser", "superusers", 2},
           {is_owner("author_id"), R"(IsOwner("author_id"))",
            "the user whose id is the object's author_id", 4},
           {has_role("editor", "admin"), R"(HasRole("editor", "admin"))",
            R"(users with the role "editor", "admin")", 2},
           {in_group("editors"), R"(InGroup("editors"))",
            R"(users in the group "editors")", 2},
           {has_model_permission("posts.add_post"),
            R"(HasModelPermission("posts.add_post"))",
            "users who have it themselves or through a group, superusers",
            2}}) {
    BOOST_TEST(rule->name() == name);
    BOOST_TEST(rule->description() == description);
    BOOST_TEST(overridden(rule) == questions, name);
    BOOST_TEST((rule->answered_by() == answerer::unit));
    BOOST_TEST(rule->cached_for().count() == 0);
  }
}

BOOST_AUTO_TEST_CASE(only_has_model_permission_looks_for_a_codename) {
  BOOST_TEST(has_model_permission("posts.add_post")->codenames()
                 == std::vector<std::string>{"posts.add_post"},
             boost::test_tools::per_element());
  BOOST_TEST(has_role("posts.add_post")->codenames().empty());
}

BOOST_AUTO_TEST_CASE(allow_any_and_deny_all_look_at_nobody) {
  for (const auto& who : {user{}, ann(), almost(false), superuser()}) {
    BOOST_TEST(ask(allow_any(), who) == "allow");
    BOOST_TEST(ask(deny_all(), who) == "");
  }
}

BOOST_AUTO_TEST_CASE(the_anonymous_and_the_inactive_user_are_denied_by_all) {
  for (const auto& rule :
       {is_authenticated(), is_authenticated_strictly(),
        is_authenticated_or_read_only(), is_admin_user(), is_superuser(),
        has_role("editor"), in_group("editors"),
        has_model_permission("posts.add_post")}) {
    BOOST_TEST_CONTEXT(rule->name()) {
      BOOST_TEST(ask(rule, user{}) == "nobody is logged in");
      BOOST_TEST(ask(rule, almost(true)) == "nobody is logged in");
      BOOST_TEST(ask(rule, almost(false)) == "ann is not active");
    }
  }
  const json::value object{{"author", 4}};
  BOOST_TEST(ask_object(is_owner("author"), almost(false), object)
             == "ann is not active");
}

BOOST_AUTO_TEST_CASE(is_authenticated_wants_a_user) {
  for (const auto& rule : {is_authenticated(), is_authenticated_strictly()}) {
    BOOST_TEST(ask(rule, ann()) == "allow");
    BOOST_TEST(ask(rule, ann([](user& x) { x.id = "a"; })) == "allow");
    BOOST_TEST(ask(rule, ann([](user& x) { x.id = 0; })) == "allow");
  }
}

BOOST_AUTO_TEST_CASE(the_strict_one_looks_at_connections_as_well) {
  auto connect = [](const permission& rule, const user& who) {
    return spell(rule->can_connect(scope_of(who)));
  };
  BOOST_TEST(connect(is_authenticated(), user{}) == "allow");
  const auto strictly = is_authenticated_strictly();
  BOOST_TEST(connect(strictly, ann()) == "allow");
  BOOST_TEST(connect(strictly, user{}) == "nobody is logged in");
  BOOST_TEST(connect(strictly, almost(false)) == "ann is not active");
}

BOOST_AUTO_TEST_CASE(reading_is_for_everybody_and_what_else_is_declared_safe) {
  const auto rule = is_authenticated_or_read_only({"search"});
  for (const auto& who : {user{}, almost(false), ann()})
    for (auto action : {"list", "retrieve", "search"})
      BOOST_TEST(ask(rule, who, action) == "allow");
  for (auto action : {"create", "update", "destroy", "List", "", "searching"}) {
    BOOST_TEST(ask(rule, user{}, action) == "nobody is logged in");
    BOOST_TEST(ask(rule, ann(), action) == "allow");
  }
  BOOST_TEST(ask(is_authenticated_or_read_only(), user{}, "search")
             == "nobody is logged in");
}

BOOST_AUTO_TEST_CASE(staff_and_superusers_are_not_the_same) {
  BOOST_TEST(ask(is_admin_user(), staff()) == "allow");
  BOOST_TEST(ask(is_admin_user(), superuser()) == "ann is not staff");
  BOOST_TEST(ask(is_superuser(), superuser()) == "allow");
  BOOST_TEST(ask(is_superuser(), staff()) == "ann is not a superuser");
}

BOOST_AUTO_TEST_CASE(any_of_the_roles_will_do) {
  BOOST_TEST(has_role({"editor", "admin"})->name()
             == R"(HasRole("editor", "admin"))");
  BOOST_TEST(in_group({"editors", "staff"})->name()
             == in_group("editors", "staff")->name());
  const auto rule = has_role("editor", "admin");
  for (auto role : {"editor", "admin"})
    BOOST_TEST(ask(rule, ann([&](user& x) {
                     x.roles = {"guest", role};
                   }))
               == "allow");
  const std::string none = "ann is none of them";
  BOOST_TEST(ask(rule, ann()) == none);
  BOOST_TEST(ask(rule, ann([](user& x) { x.roles = {"Editor"}; })) == none);
  BOOST_TEST(ask(rule, ann([](user& x) { x.groups = {"editor"}; })) == none);
  BOOST_TEST(ask(rule, superuser()) == none);
  BOOST_TEST(ask(has_any_role({}), ann()) == none);
}

BOOST_AUTO_TEST_CASE(any_of_the_groups_will_do) {
  const auto rule = in_group("editors", "admins");
  for (auto group : {"editors", "admins"})
    BOOST_TEST(ask(rule, ann([&](user& x) {
                     x.groups = {"all", group};
                   }))
               == "allow");
  const std::string none = "ann is in none of them";
  BOOST_TEST(ask(rule, ann()) == none);
  BOOST_TEST(ask(rule, ann([](user& x) { x.roles = {"editors"}; })) == none);
  BOOST_TEST(ask(rule, superuser()) == none);
  BOOST_TEST(ask(in_any_group({}), ann()) == none);
}

BOOST_AUTO_TEST_CASE(a_codename_is_had_in_person_or_through_a_group) {
  const auto rule = has_model_permission("posts.add_post");
  BOOST_TEST(ask(rule, ann([](user& x) { x.permissions = {"posts.add_post"}; }))
             == "allow");
  BOOST_TEST(
      ask(rule, ann([](user& x) { x.group_permissions = {"posts.add_post"}; }))
      == "allow");
  BOOST_TEST(ask(rule, superuser()) == "allow");
  const std::string without = "ann is without it, in person and through groups";
  BOOST_TEST(ask(rule, staff()) == without);
  BOOST_TEST(ask(rule, ann([](user& x) {
                   x.permissions = {"posts.add", "posts.add_posts"};
                   x.groups = x.roles = {"posts.add_post"};
                 }))
             == without);
}

// -- owners -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_owner_is_whose_id_the_object_has) {
  const auto rule = is_owner("author");
  auto number = ann();
  auto text = ann([](user& x) { x.id = "4"; });
  for (const auto& who : {number, text}) {
    BOOST_TEST(ask_object(rule, who, {{"author", 4}}) == "allow");
    BOOST_TEST(ask_object(rule, who, {{"author", 4U}}) == "allow");
    BOOST_TEST(ask_object(rule, who, {{"author", "4"}}) == "allow");
    for (const json::value& other :
         {json::value(5), json::value("04"), json::value("4 "),
          json::value(4.0), json::value(true), json::value(nullptr),
          json::value(json::array{4}), json::value(json::object{{"id", 4}})})
      BOOST_TEST(ask_object(rule, who, json::object{{"author", other}})
                     == "ann is not its author",
                 to_json(other));
  }
}

BOOST_AUTO_TEST_CASE(an_object_without_an_owner_is_nobodys) {
  const auto rule = is_owner("author");
  for (const json::value& object :
       {json::value(json::object{}), json::value(json::object{{"Author", 4}}),
        json::value(nullptr), json::value(4), json::value("4"),
        json::value(json::array{4})}) {
    BOOST_TEST(ask_object(rule, ann(), object) == "ann is not its author");
    BOOST_TEST(ask_object(rule, superuser(), object)
               == "ann is not its author");
    BOOST_TEST(ask_object(rule, user{}, object) == "nobody is logged in");
  }
}

BOOST_AUTO_TEST_CASE(the_anonymous_user_owns_nothing_not_even_what_has_none) {
  const auto rule = is_owner("author");
  for (const json::value& author : {json::value(nullptr), json::value(""),
                                    json::value("null"), json::value(0)})
    BOOST_TEST(ask_object(rule, user{}, json::object{{"author", author}})
               == "nobody is logged in");
  // One whose id is empty is nobody either.
  BOOST_TEST(ask_object(rule, ann([](user& x) { x.id = ""; }), {{"author", ""}})
             == "ann is not its author");
}

BOOST_AUTO_TEST_CASE(a_user_without_a_name_has_a_number_in_reasons) {
  auto nameless = ann([](user& x) { x.username = ""; });
  BOOST_TEST(ask(is_admin_user(), nameless) == "user 4 is not staff");
  nameless.id = "a";
  BOOST_TEST(ask(is_admin_user(), nameless) == "user \"a\" is not staff");
}

// -- without being asked
// --------------------------------------------------------

const std::vector<user>& all_users() {
  static const std::vector<user> all{
      user{},
      ann(),
      staff(),
      superuser(),
      almost(false),
      almost(true),
      ann([](user& x) { x.roles = {"editor"}; }),
      ann([](user& x) { x.groups = {"editors"}; }),
      ann([](user& x) { x.permissions = {"posts.add_post"}; }),
      ann([](user& x) { x.group_permissions = {"posts.add_post"}; })};
  return all;
}

BOOST_AUTO_TEST_CASE(
    what_depends_on_the_user_alone_allows_without_being_asked) {
  for (const auto& rule :
       {allow_any(), is_authenticated(), is_authenticated_strictly(),
        is_admin_user(), is_superuser(), has_role("editor"),
        in_group("editors"), has_model_permission("posts.add_post"),
        is_authenticated() & is_admin_user()})
    for (const auto& who : all_users()) {
      const auto asked = request_of(who);
      BOOST_TEST(
          rule->allows_all_of(asked.scope())
              == permission_list{rule}.has_permission(asked).is_allowed(),
          rule->name() << " of " << to_json(who.id));
    }
}

BOOST_AUTO_TEST_CASE(what_depends_on_more_has_to_be_asked) {
  for (const auto& rule :
       {deny_all(), is_authenticated_or_read_only(), !deny_all(),
        permission([](const request&) { return true; })})
    for (const auto& who : all_users())
      BOOST_TEST(!rule->allows_all_of(scope_of(who)), rule->name());
  // No message concerns it, only objects do.
  BOOST_TEST(is_owner("user")->allows_all_of(scope_of(user{})));
}

/// Knows the answer for staff, and fails for everybody else.
struct knows_staff {
  static bool allows_all_of(const scope& s) {
    return s.user.is_staff ? true : throw std::runtime_error("who is that?");
  }
  static bool has_permission(const scope&, std::string_view, const request&) {
    return false;
  }
};

BOOST_AUTO_TEST_CASE(a_permission_of_ones_own_may_allow_without_being_asked) {
  const permission_list guard{knows_staff{}};
  BOOST_TEST(guard.allows_all_of(scope_of(staff())));
  // One that throws has to be asked.
  BOOST_TEST(!guard.allows_all_of(scope_of(ann())));
}

BOOST_AUTO_TEST_CASE(the_left_one_of_two_is_asked_first) {
  const permission asked{[](const request&) { return true; }};
  const auto nobody = scope_of(user{});
  BOOST_TEST((allow_any() | asked)->allows_all_of(nobody));
  BOOST_TEST(!(asked | allow_any())->allows_all_of(nobody));
  BOOST_TEST(!(allow_any() & asked)->allows_all_of(nobody));
  BOOST_TEST(!(asked & allow_any())->allows_all_of(nobody));
  BOOST_TEST(permission_list{}.allows_all_of(nobody));
  BOOST_TEST((permission_list{allow_any(), allow_any()}.allows_all_of(nobody)));
  BOOST_TEST((!permission_list{allow_any(), asked}.allows_all_of(nobody)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace builtin_permission_suite
