// The order of the checks for one message, from the opening request on: which
// questions are asked, and that the first no is the last question.

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/envelopes.hpp"

namespace check_order_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using testing::client;
using testing::world;

namespace {

using lines = std::vector<std::string>;

/// Everything that is asked or done, in order.
class journal {
public:
  /// Notes an entry.
  /// @returns whether it is to go on behind it.
  bool note(std::string entry) {
    auto goes_on = entry != stops_at_;
    entries_.push_back(std::move(entry));
    return goes_on;
  }

  /// Denies at this entry from now on.
  void stop_at(std::string entry) { stops_at_ = std::move(entry); }

  /// What has been noted since the last call.
  lines take() { return std::exchange(entries_, {}); }

private:
  lines entries_;
  std::string stops_at_;
};

struct asks {
  std::string name;
  journal* log;

  [[nodiscard]] bool has_permission(const scope&, std::string_view action,
                                    const request&) const {
    return log->note(name + " request " + std::string(action));
  }
  [[nodiscard]] bool has_object_permission(const scope&,
                                           std::string_view action,
                                           const request&,
                                           const json::value& object) const {
    return log->note(name + " object " + std::string(action) + ' '
                     + to_json(object));
  }
};

struct asks_can_connect : asks {
  [[nodiscard]] bool can_connect(const scope&) const {
    return log->note(name + " connection");
  }
};

std::vector<endpoint_spec> endpoints(journal& log) {
  auto inner =
      handler("inner")
          .permissions(asks{"default", &log})
          .permissions_for("act", asks{"inner 1", &log}, asks{"inner 2", &log})
          .loads([&log](arg<"pk", std::int64_t> pk) {
            log.note("load " + std::to_string(*pk));
            return *pk == 1 ? std::optional{json::value(*pk)} : std::nullopt;
          })
          .action("act", [&log](loaded<json::value>, arg<"n", std::int64_t>) {
            log.note("run");
          });
  return {
      endpoint("/ws/", handler("root")
                           .permissions(asks_can_connect{{"root", &log}})
                           .permissions_for("act", asks{"never asked", &log})
                           .action("act", [] {}))
          .route("outer/", handler("outer")
                               .permissions(asks{"outer", &log})
                               .route(R"((?P<pk>\d+)/)", inner))};
}

struct check_order_fixture {
  journal log;
  world stage{endpoints(log)};
  client subject = stage.connect("/ws/");

  lines questions(const std::string& message, const std::string& answer) {
    log.take();
    subject.push_text(message);
    BOOST_TEST(subject.text() == answer);
    subject.expect_nothing();
    return log.take();
  }
};

const std::string route = "outer/1/";
const std::string act = R"({"action":"act","route":"outer/1/","n":1})";

const lines all{"root request act",
                "outer request act",
                "inner 1 request act",
                "inner 2 request act",
                "load 1",
                "root object act 1",
                "outer object act 1",
                "inner 1 object act 1",
                "inner 2 object act 1"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(check_order, check_order_fixture)

BOOST_AUTO_TEST_CASE(a_connection_asks_the_endpoint_only) {
  BOOST_TEST((log.take() == lines{"root connection"}));
  log.stop_at("root connection");
  stage.open("/ws/").expect_refusal(403);
  BOOST_TEST((log.take() == lines{"root connection"}));
}

BOOST_AUTO_TEST_CASE(a_message_asks_from_the_outside_in_and_runs_last) {
  auto seen = questions(act, success("null", "act", route));
  auto expected = all;
  expected.emplace_back("run");
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_first_no_is_the_last_question) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].starts_with("load"))
      continue;
    log.stop_at(all[i]);
    auto seen = questions(act, failure(403, denied, "act", route));
    const lines expected{all.begin(),
                         all.begin() + static_cast<std::ptrdiff_t>(i) + 1};
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_is_malformed_asks_nobody) {
  BOOST_TEST(questions("{", malformed(not_json_at(1))).empty());
  BOOST_TEST(questions("{}", envelope(no_action, "null", 404, {})).empty());
}

BOOST_AUTO_TEST_CASE(without_a_route_the_endpoint_is_asked) {
  const lines expected{"root request act"};
  const std::string message = R"({"action":"act","route":"nowhere/"})";
  BOOST_TEST((questions(message, failure(404, no_route, "act", "nowhere/"))
              == expected));
  log.stop_at("root request act");
  BOOST_TEST((questions(message, failure(403, denied, "act", "nowhere/"))
              == expected));
}

BOOST_AUTO_TEST_CASE(an_unknown_action_is_asked_about_before_it_is_unknown) {
  const lines expected{"root request nope", "outer request nope",
                       "default request nope"};
  const std::string message = R"({"action":"nope","route":"outer/1/"})";
  BOOST_TEST((questions(message, failure(405,
                                         R"(["Action \"nope\" not allowed in )"
                                         R"(message body."])",
                                         "nope", route))
              == expected));
  log.stop_at("default request nope");
  BOOST_TEST(
      (questions(message, failure(403, denied, "nope", route)) == expected));
}

BOOST_AUTO_TEST_CASE(arguments_come_before_the_object) {
  auto seen = questions(
      R"({"action":"act","route":"outer/1/"})",
      failure(400, R"([{"n":["This field is required."]}])", "act", route));
  const lines expected{all.begin(), all.begin() + 4};
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_object_comes_before_the_question_for_it) {
  auto seen = questions(R"({"action":"act","route":"outer/2/","n":1})",
                        failure(404, not_found_text, "act", "outer/2/"));
  lines expected{all.begin(), all.begin() + 4};
  expected.emplace_back("load 2");
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace check_order_suite
