// The example's articles: permissions for requests and objects, as a client
// sees them.

#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "newsroom.hpp"
#include "support/envelopes.hpp"

namespace articles_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using testing::client;
using testing::world;

namespace {

const std::string box_office =
    R"({"id":3,"title":"Box office","body":"Sold out again.","author_id":4,)"
    R"("status":"draft"})";

/// The example server with a client for each user.
struct articles_fixture {
  static server_options options() {
    server_options result;
    result.users = newsroom::demo_users();
    return result;
  }

  world stage{newsroom::endpoints(), options()};
  client alice = stage.connect("/ws/", {.token = "alice-token"});
  client bob = stage.connect("/ws/", {.token = "bob-token"});
  client root = stage.connect("/ws/", {.token = "root-token"});
  client carol = stage.connect("/ws/", {.token = "carol-token"});
  client nobody = stage.connect("/ws/");

  static std::string ask(const client& who, const std::string& action, int pk,
                         const std::string& data = {}) {
    who.push_text(R"({"action":")" + action + R"(","route":")" + route_of(pk)
                  + '"' + (data.empty() ? "" : R"(,"data":)" + data) + '}');
    auto answer = who.text();
    who.expect_nothing();
    return answer;
  }

  static std::string route_of(int pk) {
    return pk == 0 ? "articles/" : "articles/" + std::to_string(pk) + '/';
  }

  static std::string is_denied(const std::string& action, int pk) {
    return failure(403, denied, action, route_of(pk));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(articles, articles_fixture)

BOOST_AUTO_TEST_CASE(everybody_lists_and_retrieves) {
  BOOST_TEST(
      ask(nobody, "list", 0)
      == success(R"([{"id":1,"title":"Curtain up","body":"The season begins.",)"
                 R"("author_id":1,"status":"draft"},)"
                 R"({"id":2,"title":"Understudies",)"
                 R"("body":"They know every line.","author_id":1,)"
                 R"("status":"draft"},)"
                     + box_office + ']',
                 "list", "articles/"));
  BOOST_TEST(ask(nobody, "retrieve", 3)
             == success(box_office, "retrieve", "articles/3/"));
}

BOOST_AUTO_TEST_CASE(a_list_may_have_a_limit) {
  const auto listed = [&](const std::string& limit) {
    const auto route = "articles/?limit=" + limit;
    return nobody.push(route, "list")
        .expect_reply(200)
        .at("data")
        .as_array()
        .size();
  };
  BOOST_TEST(listed("0") == 0u);
  BOOST_TEST(listed("2") == 2u);
  BOOST_TEST(listed("3") == 3u);
  BOOST_TEST(listed("18446744073709551615") == 3u);
  nobody.push("articles/?limit=-1", "list")
      .expect_errors(400, {{{"limit", {"A valid integer is required."}}}});
}

BOOST_AUTO_TEST_CASE(users_create) {
  const auto data = R"({"title":"New","body":"Text"})";
  BOOST_TEST(ask(nobody, "create", 0, data) == is_denied("create", 0));
  BOOST_TEST(ask(carol, "create", 0, data)
             == envelope("[]",
                         R"({"id":4,"title":"New","body":"Text",)"
                         R"("author_id":4,"status":"draft"})",
                         201, {"\"create\"", "articles/", {}}));
  BOOST_TEST(ask(carol, "create", 0, R"({"title":null})")
             == failure(400,
                        R"([{"title":["This field may not be null."],)"
                        R"("body":["This field is required."]}])",
                        "create", "articles/"));
}

BOOST_AUTO_TEST_CASE(owners_and_staff_update) {
  const auto data = R"({"title":"Box office","body":"Sold out again."})";
  for (const auto* action : {"update", "partial_update"}) {
    BOOST_TEST(ask(nobody, action, 3, data) == is_denied(action, 3));
    BOOST_TEST(ask(alice, action, 3, data) == is_denied(action, 3));
    for (auto* who : {&carol, &bob})
      BOOST_TEST(ask(*who, action, 3, data)
                 == success(box_office, action, "articles/3/"));
  }
  BOOST_TEST(ask(carol, "partial_update", 3, R"({"title":"Till"})")
             == success(R"({"id":3,"title":"Till","body":"Sold out again.",)"
                        R"("author_id":4,"status":"draft"})",
                        "partial_update", "articles/3/"));
  BOOST_TEST(ask(carol, "update", 3, R"({"title":"Till"})")
             == failure(400, R"([{"body":["This field is required."]}])",
                        "update", "articles/3/"));
}

BOOST_AUTO_TEST_CASE(staff_destroys) {
  for (auto* who : {&nobody, &alice, &carol, &root})
    BOOST_TEST(ask(*who, "destroy", 3) == is_denied("destroy", 3));
  BOOST_TEST(
      ask(bob, "destroy", 3)
      == envelope("[]", "null", 204, {"\"destroy\"", "articles/3/", {}}));
  BOOST_TEST(ask(bob, "destroy", 3)
             == failure(404, not_found_text, "destroy", "articles/3/"));
}

BOOST_AUTO_TEST_CASE(editors_publish_and_who_may_archives) {
  for (auto* who : {&nobody, &bob, &carol, &root})
    BOOST_TEST(ask(*who, "publish", 3) == is_denied("publish", 3));
  BOOST_TEST(ask(alice, "publish", 3).find(R"("status":"published")")
             != std::string::npos);
  for (auto* who : {&nobody, &bob, &carol})
    BOOST_TEST(ask(*who, "archive", 3) == is_denied("archive", 3));
  // Through the group, and as a superuser.
  for (auto* who : {&alice, &root})
    BOOST_TEST(ask(*who, "archive", 3).find(R"("status":"archived")")
               != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_a_404_for_those_who_may_ask) {
  BOOST_TEST(ask(carol, "update", 9, R"({})")
             == failure(404, not_found_text, "update", "articles/9/"));
  BOOST_TEST(ask(nobody, "update", 9, R"({})") == is_denied("update", 9));
  // Arguments come before the object.
  BOOST_TEST(ask(carol, "update", 9)
             == failure(400, R"([{"data":["This field is required."]}])",
                        "update", "articles/9/"));
}

BOOST_AUTO_TEST_CASE(an_unknown_action_is_denied_before_it_is_unknown) {
  BOOST_TEST(ask(root, "burn", 3) == is_denied("burn", 3));
  BOOST_TEST(ask(root, "burn", 0)
             == failure(405,
                        R"(["Action \"burn\" not allowed in message body."])",
                        "burn", "articles/"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace articles_suite
