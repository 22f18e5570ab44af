// A list of arguments: what an actor of the application takes out of a message.

#include "stagedoor/protocol/takes.hpp"

#include "caf/result.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace takes_suite {

using namespace stagedoor;

namespace {

using sale = takes<arg<"item", std::string>, arg<"count", std::int64_t>,
                   arg<"note", std::optional<std::string>>>;

request make_request(json::object body, fields captures = {},
                     std::string route = {}) {
  request_data data;
  data.scope = std::make_shared<const scope>();
  data.message.head.action = "sell";
  data.message.head.route = std::move(route);
  data.message.arguments = std::move(body);
  data.captures = std::move(captures);
  return request(std::move(data));
}

/// The reply of a call that tells what it was called with.
std::string told(const request& message) {
  const auto answer = sale::call(message, [](const auto& item, auto count,
                                             auto note) {
    return ok(
        {{"item", *item}, {"count", *count}, {"note", note->value_or("none")}});
  });
  return std::to_string(answer.status) + ' '
         + std::string{
             (answer.has_errors() ? answer.errors : answer.data).view()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(takes)

BOOST_AUTO_TEST_CASE(takes_each_argument_from_its_place) {
  BOOST_TEST(told(make_request({{"count", 3}}, {{"item", "lamp"}}))
             == R"(200 {"item":"lamp","count":3,"note":"none"})");
  BOOST_TEST(told(make_request({{"item", "cup"}, {"count", 3}, {"note", "x"}},
                               {}, "goods/?count=4"))
             == R"(200 {"item":"cup","count":4,"note":"x"})");
}

BOOST_AUTO_TEST_CASE(rejects_with_all_errors_in_the_order_of_the_list) {
  BOOST_TEST(told(make_request({{"count", "few"}, {"note", json::array{}}}))
             == R"(400 [{"item":["This field is required."],)"
                R"("count":["A valid integer is required."],)"
                R"("note":["Not a valid string."]}])");
}

BOOST_AUTO_TEST_CASE(calls_nobody_for_arguments_that_are_wrong) {
  int calls = 0;
  const auto count = [&](const auto&...) {
    ++calls;
    return ok();
  };
  sale::call(make_request({{"item", "cup"}, {"count", nullptr}}), count);
  BOOST_TEST(calls == 0);
  sale::call(make_request({{"item", "cup"}, {"count", 1}}), count);
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(gives_the_values_and_the_errors_to_who_wants_both) {
  json::object errors;
  const auto [item, count, note] =
      sale::from(make_request({{"item", "cup"}, {"count", "x"}}), errors);
  BOOST_TEST(*item == "cup");
  BOOST_TEST(*count == 0);
  BOOST_TEST(!note->has_value());
  BOOST_TEST(to_json(errors)
             == R"({"count":["A valid integer is required."]})");
}

BOOST_AUTO_TEST_CASE(an_empty_list_takes_nothing_and_is_never_wrong) {
  const auto answer = stagedoor::takes<>::call(make_request({{"item", 1}}),
                                               [] { return ok("done"); });
  BOOST_TEST(answer.status == 200);
}

BOOST_AUTO_TEST_CASE(a_call_returns_whatever_is_made_of_a_reply) {
  const auto answer = [](const auto&...) -> caf::result<reply> { return ok(); };
  static_assert(std::is_same_v<decltype(sale::call(
                                   std::declval<const request&>(), answer)),
                               caf::result<reply>>);
  const auto nothing = [](const auto&...) { return std::optional<reply>{}; };
  BOOST_TEST(sale::call(make_request({}), nothing).value().status == 400);
  BOOST_TEST(!sale::call(make_request({{"item", "a"}, {"count", 1}}), nothing));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace takes_suite
