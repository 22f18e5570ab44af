#include "stagedoor/actors/connections/following_pages.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "support/connection_fixture.hpp"

namespace following_pages_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// A page of 9 rows, two by two.
reply page_from(int offset) {
  return ok({{"count", 9}, {"results", {}}, {"limit", 2}, {"offset", offset}});
}

std::string envelope(const reply& answer, const std::string& action,
                     const std::string& request_id) {
  const auto errors = answer.has_errors() ? answer.errors.view() : "[]";
  return sent(R"({"errors":)" + std::string{errors} + R"(,"data":)"
              + std::string{answer.data.view()} + R"(,"action":")" + action
              + R"(","response_status":)" + std::to_string(answer.status)
              + R"(,"request_id":)" + request_id + "}");
}

struct with_pages : connection_fixture {
  static limits bounds() {
    limits result;
    result.paged_lists_max = 2;
    return result;
  }

  with_pages() : connection_fixture(bounds()) {
    table = *compile_endpoints(
        {endpoint("/pages/").speaks(dialect::dcrf).sends_all_pages(),
         endpoint("/page/").speaks(dialect::dcrf)});
  }

  /// A message with an action and a request_id.
  void ask(const std::string& action, int request_id,
           const std::string& more = {}) {
    receive(R"({"action":")" + action + R"(","request_id":)"
            + std::to_string(request_id) + more + "}");
  }

  /// What the router is asked at last.
  std::string asked() {
    const auto& message = router().last().message;
    return *message.head.action + ' ' + message.head.route;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(following_pages, with_pages)

BOOST_AUTO_TEST_CASE(a_list_is_asked_for_page_after_page) {
  open("/pages/");
  ask("list", 1, R"(,"limit":2,"data":{"author":3})");
  BOOST_TEST(asked() == "list ?author=3&limit=2");
  for (const int offset : {0, 2, 4, 6}) {
    socket->take();
    reply_last(page_from(offset));
    BOOST_TEST(socket->take() == envelope(page_from(offset), "list", "1"));
    BOOST_TEST(asked()
               == "list ?author=3&limit=2&limit=2&offset="
                      + std::to_string(offset + 2));
    // What permissions may look at.
    BOOST_TEST(to_json(router().last().message.arguments)
               == R"({"limit":2,"data":{"author":3}})");
    // One page at a time.
    BOOST_TEST(router().count() == static_cast<std::size_t>(offset / 2 + 2));
  }
  reply_last(page_from(8));
  BOOST_TEST(socket->take() == envelope(page_from(8), "list", "1"));
  BOOST_TEST(router().count() == 5u);
}

BOOST_AUTO_TEST_CASE(elsewhere_a_page_is_one_reply) {
  open("/page/");
  BOOST_REQUIRE(routers.size() == 2u);
  ask("list", 1);
  routers[1].answer_last(page_from(0));
  world.settle();
  BOOST_TEST(socket->take() == "read\n" + envelope(page_from(0), "list", "1"));
  BOOST_TEST(routers[1].count() == 1u);
  ask("list_cancel", 2);
  BOOST_TEST(routers[1].count() == 2u);
}

BOOST_AUTO_TEST_CASE(a_failure_or_another_action_ends_the_pages) {
  open("/pages/");
  ask("list", 1);
  reply_last(page_from(0));
  BOOST_TEST(router().count() == 2u);
  reply_last(to_reply(errc::permission_denied));
  BOOST_TEST(router().count() == 2u);
  ask("retrieve", 2);
  reply_last(page_from(0));
  BOOST_TEST(router().count() == 3u);
}

BOOST_AUTO_TEST_CASE(the_messages_of_the_client_come_before_the_next_page) {
  open("/pages/");
  ask("list", 1);
  ask("retrieve", 2);
  ask("retrieve", 3);
  reply_last(page_from(0));
  BOOST_TEST(asked() == "retrieve ");
  reply_last();
  BOOST_TEST(asked() == "retrieve ");
  reply_last();
  BOOST_TEST(asked() == "list ?limit=2&offset=2");
}

BOOST_AUTO_TEST_CASE(lists_take_turns) {
  open("/pages/");
  ask("list", 1, R"(,"query":{"a":1})");
  ask("list", 2, R"(,"query":{"a":2})");
  reply_last(page_from(0));
  reply_last(page_from(0));
  BOOST_TEST(asked() == "list ?a=1&limit=2&offset=2");
  reply_last(page_from(2));
  BOOST_TEST(asked() == "list ?a=2&limit=2&offset=2");
  socket->take();
  reply_last(page_from(2));
  BOOST_TEST(socket->take() == envelope(page_from(2), "list", "2"));
  BOOST_TEST(asked() == "list ?a=1&limit=2&offset=4");
}

BOOST_AUTO_TEST_CASE(list_cancel_ends_all_lists) {
  open("/pages/");
  ask("list", 1);
  ask("list", 2);
  ask("list_cancel", 3);
  socket->take();
  reply_last(page_from(0));
  reply_last(page_from(0));
  BOOST_TEST(socket->take()
             == envelope(page_from(0), "list", "1")
                    + envelope(page_from(0), "list", "2")
                    + envelope(ok(), "list_cancel", "3"));
  BOOST_TEST(router().count() == 2u);
  // There is room for new ones.
  ask("list", 4);
  reply_last(page_from(0));
  BOOST_TEST(router().count() == 4u);
}

BOOST_AUTO_TEST_CASE(a_further_list_is_refused) {
  open("/pages/");
  ask("list", 1);
  ask("list", 2);
  ask("list", 3);
  socket->take();
  reply_last(page_from(0));
  reply_last(page_from(0));
  const auto refused_list = reject("No further list can be begun.");
  BOOST_TEST(socket->take().find(refused_list.errors.view())
             != std::string::npos);
  // One that ends makes room.
  reply_last(page_from(8));
  ask("list", 4);
  BOOST_TEST(router().count() == 4u);
  socket->take();
  reply_last(page_from(2));
  BOOST_TEST(socket->take() == envelope(page_from(2), "list", "2"));
  BOOST_TEST(asked() == "list ");
}

BOOST_AUTO_TEST_CASE(no_page_is_asked_for_while_the_client_takes_nothing) {
  open("/pages/");
  ask("list", 1);
  socket->full = true;
  reply_last(page_from(0));
  BOOST_TEST(router().count() == 1u);
  socket->full = false;
  emit(outbound_drained{});
  BOOST_TEST(router().count() == 2u);
  BOOST_TEST(asked() == "list ?limit=2&offset=2");
}

BOOST_AUTO_TEST_CASE(no_page_follows_the_end_of_the_client) {
  open("/pages/");
  ask("list", 1);
  socket->take();
  emit(client_closed{});
  reply_last(page_from(0));
  BOOST_TEST(socket->take()
             == envelope(page_from(0), "list", "1") + "answer_close\n");
  BOOST_TEST(router().count() == 1u);
}

BOOST_AUTO_TEST_CASE(no_page_follows_the_close) {
  open("/pages/");
  ask("list", 1);
  tell(caf::close_atom_v, std::uint16_t{4000}, std::string{"bye"});
  socket->take();
  reply_last(page_from(0));
  BOOST_TEST(socket->take() == "");
  BOOST_TEST(router().count() == 1u);
}

BOOST_AUTO_TEST_CASE(no_page_follows_when_the_server_drains) {
  open("/pages/");
  ask("list", 1);
  tell(drain_atom{});
  socket->take();
  reply_last(page_from(0));
  const auto end = socket->take();
  BOOST_TEST(end.starts_with(envelope(page_from(0), "list", "1") + "close "));
  BOOST_TEST(router().count() == 1u);
}

BOOST_AUTO_TEST_CASE(the_next_page_of_a_concurrent_action_follows_too) {
  open("/pages/");
  ask("list", 1);
  const auto sequence = router().last().sequence;
  reply_last(reply::interim());
  BOOST_TEST(router().count() == 1u);
  tell(late_reply{sequence, page_from(0)});
  BOOST_TEST(asked() == "list ?limit=2&offset=2");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace following_pages_suite
