#include "stagedoor/actors/keeping/once_book.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace once_book_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

using numbers = std::vector<std::uint64_t>;
using fate = once_book::fate;
using time_point = once_book::time_point;

struct book_fixture {
  once_claim wanted(std::string key, std::string fingerprint = "f") {
    return {{"=1", std::move(key)}, std::move(fingerprint), 0, "a/1", ++last};
  }

  once_book::decision claim(const once_claim& what) {
    return book.claim(what, what.number, since, now);
  }
  once_book::decision claim(const std::string& key) {
    return claim(wanted(key));
  }

  /// The status of what is answered at once.
  std::uint16_t status(const once_claim& what) {
    const auto decided = claim(what);
    BOOST_TEST_REQUIRE((decided.what == fate::answered));
    return decided.answer.status;
  }
  std::uint16_t status(const std::string& key) { return status(wanted(key)); }

  [[nodiscard]] once_record record_of(const std::string& key) const {
    return book.record_of({"=1", key}, now).value();
  }

  numbers end(const std::string& key, reply answer = ok()) {
    auto record = record_of(key);
    record.state = once_state::answered;
    record.answer = std::move(answer);
    return book.end(record, now).waiting;
  }

  limits bounds;
  std::set<std::string> there{"a/1"};
  once_book book{bounds,
                 [this](const auto& life) { return there.contains(life); }};
  time_point since{1h};
  time_point now{2h};
  std::uint64_t last = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(once_book, book_fixture)

BOOST_AUTO_TEST_CASE(the_first_message_runs_and_others_get_its_answer) {
  BOOST_TEST((claim("k").what == fate::runs));
  BOOST_TEST((claim("k").what == fate::waits));
  BOOST_TEST((claim("k").what == fate::waits));
  BOOST_TEST(end("k", ok(7)) == (numbers{2, 3}),
             boost::test_tools::per_element());
  const auto again = claim("k");
  BOOST_TEST((again.what == fate::answered));
  BOOST_TEST(again.answer.data.view() == "7");
  BOOST_TEST((claim("other").what == fate::runs));
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_action_is_kept_too) {
  claim("k");
  end("k", fail(500, "oh"));
  BOOST_TEST(status("k") == 500);
}

BOOST_AUTO_TEST_CASE(a_key_is_for_one_message_of_one_user) {
  claim("k");
  BOOST_TEST(status(wanted("k", "g")) == 409);
  end("k");
  const auto refused = claim(wanted("k", "g"));
  BOOST_TEST(refused.answer.status == 409);
  BOOST_TEST(refused.answer.errors.view()
             == R"(["This key was used for another message."])");
  auto of_other = wanted("k");
  of_other.key.user = "=2";
  BOOST_TEST((claim(of_other).what == fate::runs));
}

BOOST_AUTO_TEST_CASE(
    an_answer_is_kept_for_its_time_from_the_end_of_the_action) {
  claim("k");
  now += 1h;
  end("k");
  now += bounds.once_kept - 1ms;
  BOOST_TEST(status("k") == 200);
  now += 1ms;
  BOOST_TEST((claim("k").what == fate::runs));
}

BOOST_AUTO_TEST_CASE(a_key_that_was_given_back_is_for_those_who_wait) {
  const auto first = wanted("k");
  claim(first);
  claim("k");
  claim("k");
  // Not what another message gives back.
  BOOST_TEST(book.give_back(first.key, "a/1", 2).empty());
  BOOST_TEST(book.give_back(first.key, "b/1", 1).empty());
  BOOST_TEST(book.give_back(first.key, "a/1", 1) == (numbers{2, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(book.size() == 0U);
  BOOST_TEST(book.bytes() == 0U);
  BOOST_TEST((claim("k").what == fate::runs));
  end("k");
  BOOST_TEST(book.give_back(first.key, "a/1", last).empty());
  BOOST_TEST(book.size() == 1U);
}

BOOST_AUTO_TEST_CASE(so_many_keys_of_a_user_are_kept_and_no_more) {
  bounds.once_kept_max = 2;
  claim("a");
  claim("b");
  const auto third = claim("c");
  BOOST_TEST(third.answer.status == 429);
  BOOST_TEST(third.answer.errors.view().find("in 300 seconds")
             != std::string_view::npos);
  // Kept keys are not in the way of themselves, and others have their own.
  BOOST_TEST((claim("a").what == fate::waits));
  auto of_other = wanted("c");
  of_other.key.user = "=2";
  BOOST_TEST((claim(of_other).what == fate::runs));
  // Nothing goes earlier.
  end("a");
  BOOST_TEST(status("c") == 429);
  now += bounds.once_kept;
  BOOST_TEST((claim("c").what == fate::runs));
}

BOOST_AUTO_TEST_CASE(so_many_bytes_are_kept_and_no_more) {
  claim("a");
  end("a", ok("x"));
  const auto one = book.bytes();
  bounds.once_kept_bytes_max = one;
  BOOST_TEST(status("b") == 503);
  BOOST_TEST(status("a") == 200);
  bounds.once_kept_bytes_max = one + 1;
  BOOST_TEST((claim("b").what == fate::runs));
  // What is known takes its bytes, whatever the bound is.
  end("b", ok(std::string(10'000, 'x')));
  BOOST_TEST(book.bytes() > one + 10'000);
  now += bounds.once_kept;
  book.expire(now);
  BOOST_TEST(book.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(so_many_messages_wait_for_a_key_and_no_more) {
  bounds.once_waiting_max = 2;
  claim("k");
  claim("k");
  const auto second = wanted("k");
  claim(second);
  BOOST_TEST(status("k") == 429);
  book.stop_waiting(second.key, second.number);
  BOOST_TEST((claim("k").what == fate::waits));
  BOOST_TEST(end("k") == (numbers{2, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_that_may_have_been_forgotten_is_unknown) {
  since = now - 10s;
  auto late = wanted("k");
  late.age_ms = 10'000;
  BOOST_TEST((claim(late).what == fate::runs));
  late = wanted("other");
  late.age_ms = 10'001;
  BOOST_TEST(status(late) == 409);
  // For longer than that no key is kept at all.
  since = time_point{};
  late.age_ms = 300'000;
  BOOST_TEST((claim(late).what == fate::runs));
  late = wanted("third");
  late.age_ms = 300'001;
  const auto refused = claim(late);
  BOOST_TEST(refused.answer.status == 409);
  BOOST_TEST(refused.answer.errors.view()
             == R"(["The outcome of this message is unknown."])");
}

BOOST_AUTO_TEST_CASE(what_runs_on_a_lost_node_is_unknown_until_it_answers) {
  claim("k");
  claim("k");
  there.clear();
  const auto told = book.lose("a/1", now);
  BOOST_TEST(told.waiting == numbers{2}, boost::test_tools::per_element());
  BOOST_TEST(told.answer.status == 409);
  BOOST_TEST(status("k") == 409);
  end("k");
  BOOST_TEST(status("k") == 200);
}

BOOST_AUTO_TEST_CASE(what_a_lost_node_runs_is_kept_for_its_time) {
  claim("k");
  book.lose("a/1", now);
  now += bounds.once_kept - 1ms;
  BOOST_TEST(status("k") == 409);
  now += 1ms;
  BOOST_TEST((claim("k").what == fate::runs));
}

BOOST_AUTO_TEST_CASE(a_node_that_says_so_still_runs_a_message) {
  claim("k");
  book.lose("a/1", now);
  now += 1s;
  book.take(record_of("k"), now);
  BOOST_TEST((claim("k").what == fate::waits));
  now += bounds.once_kept;
  book.expire(now);
  BOOST_TEST(book.size() == 1U);
  // Nobody has said so for a while.
  BOOST_TEST(book.doubt(now - 1s, now).waiting == numbers{2},
             boost::test_tools::per_element());
  BOOST_TEST(status("k") == 409);
}

BOOST_AUTO_TEST_CASE(an_unknown_outcome_gives_way_to_the_answer) {
  claim("k");
  claim("k");
  auto record = record_of("k");
  record.state = once_state::unknown;
  const auto told = book.end(record, now);
  BOOST_TEST(told.waiting == numbers{2}, boost::test_tools::per_element());
  BOOST_TEST(told.answer.status == 409);
  BOOST_TEST(status("k") == 409);
  end("k");
  BOOST_TEST(status("k") == 200);
  // But not the other way round.
  book.end(record, now);
  BOOST_TEST(status("k") == 200);
}

BOOST_AUTO_TEST_CASE(what_another_node_knows_is_taken) {
  once_record told{{"=1", "k"},          "f",   "b/2", 9,
                   once_state::answered, ok(3), 1'000};
  book.take(told, now);
  BOOST_TEST(claim("k").answer.data.view() == "3");
  // What it knew earlier is old.
  told.state = once_state::running;
  book.take(told, now);
  BOOST_TEST(status("k") == 200);
  now += 1s;
  BOOST_TEST((claim("k").what == fate::runs));
  // A key that runs on a node that is not there.
  told.key.key = "gone";
  book.take(told, now);
  BOOST_TEST(status("gone") == 409);
  now += bounds.once_kept;
  BOOST_TEST((claim("gone").what == fate::runs));
}

BOOST_AUTO_TEST_CASE(what_is_told_is_what_is_known) {
  claim("k");
  BOOST_TEST(record_of("k").left_ms == 300'000U);
  end("k", ok(5));
  now += 100s;
  const auto told = book.records(now);
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(told[0].left_ms == 200'000U);
  BOOST_TEST((told[0].state == once_state::answered));
  BOOST_TEST(told[0].answer.data.view() == "5");
  BOOST_TEST(told[0].runner == "a/1");
  BOOST_TEST(told[0].number == 1U);
  book.drop(told[0].key);
  BOOST_TEST(book.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace once_book_suite
