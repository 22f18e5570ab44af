// The permissions as a manual page: each example of the documents that this
// library follows, in its C++ form, from the opening request on.
// permissions/README.md shows the code between the marks.

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

namespace permission_manual_suite {

using namespace stagedoor;
using namespace stagedoor::testing;

namespace {

/// Three notes, by alice (1), bob (2) and carol (4).
std::optional<json::value> find_note(std::int64_t pk) {
  static const std::map<std::int64_t, int> authors{{1, 1}, {2, 2}, {3, 4}};
  auto found = authors.find(pk);
  if (found == authors.end())
    return std::nullopt;
  return json::value{{"id", pk}, {"author_id", found->second}};
}

reply done() {
  return ok();
}

/// What is the same in all examples: two actions on all notes, three on one.
template <class Builder>
handler_spec with_actions(Builder&& notes) {
  return notes.loads([](arg<"pk", std::int64_t> pk) { return find_note(*pk); })
      .action("list", done)
      .action("create", done)
      .action("retrieve", [](loaded<json::value>) {})
      .action("update", [](loaded<json::value>) {})
      .action("partial_update", [](loaded<json::value>) {})
      .action("destroy", [](loaded<json::value>) {});
}

/// A server with one handler.
class notes_server {
public:
  template <class Builder>
  explicit notes_server(Builder&& notes)
      : stage_(endpoint("/ws/", with_actions(notes))
                   .codenames({"notes.add_note", "notes.delete_note"}),
               options()) {}

  /// Who of the users gets a 200 for an action; note 1 is that of alice.
  std::string allowed(const std::string& action, int pk = 1) {
    std::string result;
    for (const std::string name : {"alice", "bob", "carol", "root", "nobody"}) {
      auto status = status_of(name, action, pk);
      if (status == 200)
        result += (result.empty() ? "" : " ") + name;
      else
        BOOST_TEST(status == 403, name << " got " << status);
    }
    return result;
  }

  int status_of(const std::string& name, const std::string& action,
                int pk = 1) {
    auto answer =
        open(name).expect_accepted().push("", action, {{"pk", pk}}).reply();
    return static_cast<int>(answer.at("status").as_int64());
  }

  pending_opening open(const std::string& name) {
    opening how;
    if (name != "nobody")
      how.token = name + "-token";
    return stage_.open("/ws/", how);
  }

private:
  // Nobody else knows these tokens.
  static constexpr auto users = R"({
    "groups": {"writers": ["notes.add_note"]},
    "users": [
      {"id": 1, "username": "alice", "token": "alice-token",
       "roles": ["editor"], "groups": ["writers"]},
      {"id": 2, "username": "bob", "token": "bob-token", "is_staff": true},
      {"id": 3, "username": "root", "token": "root-token",
       "is_superuser": true},
      {"id": 4, "username": "carol", "token": "carol-token",
       "roles": ["admin"], "permissions": ["notes.delete_note"]}]})";

  static server_options options() {
    server_options result;
    result.users = *parse_users(users, "the users of the test");
    return result;
  }

  world stage_;
};

const std::string everybody = "alice bob carol root nobody";
const std::string users = "alice bob carol root";

} // namespace

BOOST_AUTO_TEST_SUITE(permission_manual)

BOOST_AUTO_TEST_CASE(everybody_reads_and_users_write) {
  notes_server server{
      // README: begin read only
      handler("notes").permissions(is_authenticated_or_read_only())
      // README: end read only
  };
  BOOST_TEST(server.allowed("list") == everybody);
  BOOST_TEST(server.allowed("retrieve") == everybody);
  BOOST_TEST(server.allowed("create") == users);
  BOOST_TEST(server.allowed("update") == users);
}

BOOST_AUTO_TEST_CASE(only_the_owner) {
  notes_server server{
      // README: begin owner
      handler("notes").permissions(is_authenticated(), is_owner("author_id"))
      // README: end owner
  };
  BOOST_TEST(server.allowed("update", 1) == "alice");
  BOOST_TEST(server.allowed("update", 3) == "carol");
  // Without an object, nobody asks for its owner.
  BOOST_TEST(server.allowed("list") == users);
  // 404 comes before the question for the object, and behind that for the
  // request.
  BOOST_TEST(server.status_of("alice", "update", 9) == 404);
  BOOST_TEST(server.status_of("nobody", "update", 9) == 403);
}

BOOST_AUTO_TEST_CASE(staff_or_the_owner) {
  notes_server server{
      // README: begin either
      handler("notes").permissions(is_authenticated()
                                   & (is_owner("author_id") | is_admin_user()))
      // README: end either
  };
  BOOST_TEST(server.allowed("update", 1) == "alice bob");
  BOOST_TEST(server.allowed("update", 3) == "bob carol");
}

BOOST_AUTO_TEST_CASE(everybody_but_staff) {
  notes_server server{handler("notes").permissions(!is_admin_user())};
  BOOST_TEST(server.allowed("list") == "alice carol root nobody");
}

BOOST_AUTO_TEST_CASE(any_of_several_roles) {
  notes_server server{
      // README: begin roles
      handler("notes").permissions(has_role("editor", "admin"))
      // README: end roles
  };
  BOOST_TEST(server.allowed("create") == "alice carol");
}

BOOST_AUTO_TEST_CASE(in_a_group) {
  notes_server server{handler("notes").permissions(in_group("writers"))};
  BOOST_TEST(server.allowed("create") == "alice");
}

BOOST_AUTO_TEST_CASE(a_model_permission_per_action) {
  notes_server server{
      // README: begin codenames
      handler("notes")
          .permissions(allow_any())
          .permissions_for("create", has_model_permission("notes.add_note"))
          .permissions_for("destroy", has_model_permission("notes.delete_note"))
      // README: end codenames
  };
  BOOST_TEST(server.allowed("list") == everybody);
  // Through a group, in person, and as a superuser.
  BOOST_TEST(server.allowed("create") == "alice root");
  BOOST_TEST(server.allowed("destroy") == "carol root");
}

BOOST_AUTO_TEST_CASE(an_entry_for_an_action_replaces_the_default) {
  notes_server server{
      // README: begin per action
      handler("notes")
          .permissions(is_admin_user())
          .permissions_for("list", allow_any())
          .permissions_for("update", is_owner("author_id"))
      // README: end per action
  };
  BOOST_TEST(server.allowed("list") == everybody);
  BOOST_TEST(server.allowed("create") == "bob");
  BOOST_TEST(server.allowed("update") == "alice");
  // Without an entry of its own it has that of `update`.
  BOOST_TEST(server.allowed("partial_update") == "alice");
}

BOOST_AUTO_TEST_CASE(an_action_with_a_list_of_its_own) {
  notes_server server{
      handler("notes")
          .permissions(is_admin_user())
          // README: begin own list
          .action("publish", done, guarded_by(has_role("editor")))
      // README: end own list
  };
  BOOST_TEST(server.allowed("publish") == "alice");
  BOOST_TEST(server.allowed("list") == "bob");
}

BOOST_AUTO_TEST_CASE(a_custom_permission_for_messages) {
  notes_server server{
      // README: begin custom
      handler("notes").permissions(
          custom_permission("ShortNames",
                            [](const request& req) {
                              return req.user().username.size() <= 4
                                         ? allow()
                                         : deny("Your name is too long.")
                                               .because("over 4 letters");
                            }))
      // README: end custom
  };
  BOOST_TEST(server.allowed("list") == "bob root nobody");
}

BOOST_AUTO_TEST_CASE(a_custom_permission_for_objects) {
  notes_server server{handler("notes").permissions(
      // README: begin custom object
      custom_permission("EvenNotes",
                        [](const request&, const json::value& object) {
                          return object.at("id").as_int64() % 2 == 0;
                        })
      // README: end custom object
      )};
  BOOST_TEST(server.allowed("update", 1) == "");
  BOOST_TEST(server.allowed("update", 2) == everybody);
  BOOST_TEST(server.allowed("list") == everybody);
}

BOOST_AUTO_TEST_CASE(a_custom_permission_for_connections) {
  notes_server server{handler("notes").permissions(
      // README: begin custom connection
      custom_permission(
          "Invited",
          [](const scope& where) { return where.user.username != "carol"; })
      // README: end custom connection
      )};
  server.open("carol").expect_refusal(403);
  server.open("alice").expect_accepted();
  BOOST_TEST(server.status_of("alice", "list") == 200);
}

BOOST_AUTO_TEST_CASE(a_custom_permission_with_all_three_questions) {
  struct members_only {
    static std::string name() { return "MembersOnly"; }

    static bool can_connect(const scope& where) {
      return where.user.username != "root";
    }
    static bool has_permission(const scope& where, std::string_view,
                               const request&) {
      return where.user.is_authenticated();
    }
    static bool has_object_permission(const scope&, std::string_view action,
                                      const request&,
                                      const json::value& object) {
      return action != "destroy" || object.at("id") == json::value(1);
    }
  };
  notes_server server{handler("notes").permissions(members_only{})};
  server.open("root").expect_refusal(403);
  BOOST_TEST(server.status_of("nobody", "list") == 403);
  BOOST_TEST(server.status_of("carol", "destroy", 1) == 200);
  BOOST_TEST(server.status_of("carol", "destroy", 2) == 403);
}

BOOST_AUTO_TEST_CASE(a_predicate_that_was_written_for_http) {
  notes_server server{handler("notes").permissions(
      http_permission("ReadOnlyForGuests", [](const http_style_request& request,
                                              std::string_view) {
        return request.method == "GET" || request.user.is_authenticated();
      }))};
  BOOST_TEST(server.allowed("retrieve") == everybody);
  BOOST_TEST(server.allowed("destroy") == users);
}

BOOST_AUTO_TEST_CASE(a_predicate_that_was_written_for_http_at_the_door) {
  notes_server server{handler("notes").permissions(
      http_permission_strictly("NoHeads", [](const http_style_request& request,
                                             std::string_view action) {
        return (request.method == "HEAD") == (action == "connect")
               && (request.method != "HEAD" || request.user.is_authenticated());
      }))};
  server.open("nobody").expect_refusal(403);
  BOOST_TEST(server.status_of("alice", "list") == 200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace permission_manual_suite
