#include "stagedoor/actors/cluster/request_batches.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"

namespace request_batches_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct batches_fixture {
  actor_world world;
  client_probe client{world.home()};
  request_packer sender;
  request_unpacker receiver;
  answer_packer answers;

  void add(request_data data) {
    sender.add({client.handle(), request{std::move(data)}});
  }

  /// The answers as they come out: `7/0 200 null; 8/- ;`.
  [[nodiscard]] std::string send_answers() {
    std::string result;
    for (const auto& [batch, place, given] : unpack(answers.take()))
      result +=
          std::to_string(batch) + '/' + (place ? std::to_string(*place) : "-")
          + ' '
          + (place ? std::visit([](const auto& x) { return text(x); }, given)
                   : "")
          + ";";
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_batches, batches_fixture)

BOOST_AUTO_TEST_CASE(a_message_comes_out_as_it_went_in) {
  auto data = client.data("pay", "ledger/5/", {{"sum", 12}});
  data.message.head.request_id = json::value(7);
  data.captures = {{"pk", "5"}};
  data.sequence = 300;
  data.concurrent_allowed = false;
  data.only_asks = true;
  add(data);
  add(client.data("rest"));
  BOOST_TEST(sender.size() == 2u);
  BOOST_TEST(sender.bytes() > 0u);
  auto batch = sender.take();
  BOOST_TEST(sender.size() == 0u);
  BOOST_TEST(sender.bytes() == 0u);
  const auto all = receiver.unpack(batch).value();
  BOOST_REQUIRE(all.size() == 2u);
  const auto& first = *all[0];
  BOOST_TEST(*first.message.head.action == "pay");
  BOOST_TEST(first.message.head.route == "ledger/5/");
  BOOST_TEST((*first.message.head.request_id == 7));
  BOOST_TEST((first.message.arguments.at("sum") == 12));
  BOOST_TEST((first.connection == client.handle()));
  BOOST_TEST(first.sequence == 300u);
  BOOST_TEST(!first.concurrent_allowed);
  BOOST_TEST(first.only_asks);
  BOOST_TEST(all[1]->concurrent_allowed);
  BOOST_TEST(!all[1]->only_asks);
  BOOST_TEST(first.scope->connection_id == 1u);
  BOOST_TEST(all[1]->scope == first.scope);
  // The other node matches the route itself.
  BOOST_TEST(first.captures.empty());
  BOOST_TEST(first.relayed);
}

BOOST_AUTO_TEST_CASE(what_is_no_batch_is_not_read) {
  add(client.data("pay"));
  const auto whole = sender.take();
  const auto reads = [&](auto change) {
    auto batch = whole;
    change(batch);
    return request_unpacker{}.unpack(batch).has_value();
  };
  BOOST_TEST(reads([](request_batch&) {}));
  BOOST_TEST(!reads([](request_batch& x) { x.connections = {}; }));
  BOOST_TEST(!reads([](request_batch& x) {
    x.scopes = {};
    x.connections = {};
  }));
  for (std::size_t left = 1; left < whole.requests.size(); ++left)
    BOOST_TEST(!reads([left](request_batch& x) { x.requests.resize(left); }));
  // One that follows a batch that has not come.
  add(client.data("pay"));
  auto next = sender.take();
  BOOST_TEST(!receiver.unpack(next).has_value());
}

BOOST_AUTO_TEST_CASE(answers_come_out_in_their_order) {
  answers.add(7, 0, ok({{"id", 1}}, 201));
  answers.add(8, 300, to_reply(errc::permission_denied));
  answers.add_unread(9);
  answers.add(7, 1, make_error(errc::unavailable));
  answers.add(7, 2, ok());
  BOOST_TEST(answers.bytes() > 0u);
  BOOST_TEST(send_answers()
             == "7/0 201 {\"id\":1};8/300 "
                    + text(to_reply(errc::permission_denied)) + ";9/- ;7/1 "
                    + text(make_error(errc::unavailable, "unavailable"))
                    + ";7/2 200 null;");
  BOOST_TEST(answers.bytes() == 0u);
  BOOST_TEST(send_answers() == "");
}

BOOST_AUTO_TEST_CASE(an_error_crosses_as_what_it_means_to_the_client) {
  answers.add(1, 0, make_error(errc::timed_out));
  answers.add(1, 1, make_error(caf::sec::request_receiver_down));
  answers.add(1, 2, make_error(caf::sec::runtime_error));
  const auto all = unpack(answers.take());
  BOOST_REQUIRE(all.size() == 3u);
  const auto error_at = [&](std::size_t place) {
    return std::get<caf::error>(all[place].given);
  };
  BOOST_TEST((error_at(0) == make_error(errc::timed_out)));
  BOOST_TEST((error_at(1) == make_error(errc::unavailable)));
  BOOST_TEST((error_at(2) == make_error(errc::server_error)));
  BOOST_TEST(text_of(error_at(2)).find("runtime") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_json_cannot_express_crosses_as_flawed) {
  answers.add(1, 0, reply::flawed(not_json_text));
  const auto all = unpack(answers.take());
  BOOST_TEST(std::get<reply>(all.at(0).given).status == reply::flawed_status);
}

BOOST_AUTO_TEST_CASE(answers_that_are_cut_off_are_read_so_far) {
  answers.add(1, 0, ok());
  answers.add(2, 0, ok("something"));
  const auto whole = answers.take();
  for (std::size_t left = 0; left < whole.answers.size(); ++left)
    BOOST_TEST(unpack(request_answers{whole.answers.substr(0, left)}).size()
               < 2u);
  BOOST_TEST(unpack(whole).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_no_json_is_an_error) {
  packer broken;
  for (const auto number : {0u, 1u, 0u, 200u})
    broken.number(number);
  broken.text("{");
  broken.text("[]");
  const auto all = unpack(request_answers{broken.take()});
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(std::holds_alternative<caf::error>(all[0].given));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace request_batches_suite
