#include "stagedoor/actors/sockets/outbound_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace outbound_queue_suite {

using namespace stagedoor;

namespace {

using queue = stagedoor::outbound_queue;

/// A frame to be queued.
struct item {
  opcode kind;
  std::string payload;
};

std::string bytes_of(const item& what) {
  std::string result;
  append_frame(result, what.kind, what.payload);
  return result;
}

bool is_message(const item& what) {
  return what.kind == opcode::text || what.kind == opcode::binary;
}

/// What counts of some frames.
struct tally {
  std::size_t messages = 0;
  std::size_t payload_bytes = 0;

  void add(const item& what) {
    if (!is_message(what))
      return;
    ++messages;
    payload_bytes += what.payload.size();
  }
};

void add(queue& to, const item& what) {
  append_frame(to.bytes(), what.kind, what.payload);
  if (is_message(what))
    to.add_message(what.payload.size());
}

bool is_full(const queue& what, std::size_t messages_max,
             std::size_t bytes_max) {
  limits bounds;
  bounds.outbound_messages_max = messages_max;
  bounds.outbound_bytes_max = bytes_max;
  return what.is_full(bounds);
}

constexpr std::size_t no_limit = ~std::size_t{0};

/// Whether a queue counts exactly this: it is full at these limits, and is not
/// at one more.
bool counts(const queue& what, const tally& expected) {
  return is_full(what, expected.messages, no_limit)
         && !is_full(what, expected.messages + 1, no_limit)
         && is_full(what, no_limit, expected.payload_bytes)
         && !is_full(what, no_limit, expected.payload_bytes + 1);
}

/// Of each kind and of each form of a length.
std::vector<item> all_sorts() {
  return {{opcode::text, "one"},
          {opcode::ping, "p"},
          {opcode::text, ""},
          {opcode::text, std::string(125, 'a')},
          {opcode::pong, ""},
          {opcode::pong, std::string(125, 'b')},
          {opcode::binary, std::string(126, 'c')},
          {opcode::text, "two"},
          {opcode::text, std::string(300, 'd')},
          {opcode::close, "\x03\xE8"}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(outbound_queue)

BOOST_AUTO_TEST_CASE(is_empty_at_first_and_when_all_is_written) {
  queue out;
  BOOST_TEST(out.empty());
  BOOST_TEST(out.unwritten().empty());
  BOOST_TEST(counts(out, {}));
  add(out, {opcode::text, "abc"});
  BOOST_TEST(!out.empty());
  BOOST_TEST(out.unwritten() == bytes_of({opcode::text, "abc"}));
  out.written(5);
  BOOST_TEST(out.empty());
  BOOST_TEST(out.unwritten().empty());
  BOOST_TEST(counts(out, {}));
}

BOOST_AUTO_TEST_CASE(counts_messages_and_their_payload) {
  queue out;
  tally expected;
  for (const auto& what : all_sorts()) {
    add(out, what);
    expected.add(what);
    BOOST_TEST(counts(out, expected));
  }
  BOOST_TEST(expected.messages == 6u);
  BOOST_TEST(expected.payload_bytes == 3u + 125 + 126 + 3 + 300);
}

BOOST_AUTO_TEST_CASE(counts_what_is_not_whole_wherever_a_write_ends) {
  const auto items = all_sorts();
  std::string all;
  for (const auto& what : items)
    all += bytes_of(what);
  for (std::size_t end = 0; end <= all.size(); ++end) {
    queue out;
    for (const auto& what : items)
      add(out, what);
    out.written(end);
    tally expected;
    std::size_t begin = 0;
    for (const auto& what : items) {
      begin += bytes_of(what).size();
      if (begin > end)
        expected.add(what);
    }
    BOOST_REQUIRE(counts(out, expected));
    BOOST_REQUIRE(out.unwritten() == std::string_view{all}.substr(end));
    BOOST_REQUIRE(out.empty() == (end == all.size()));
    // The rest is counted as well.
    out.written(all.size() - end);
    BOOST_REQUIRE(counts(out, {}));
    BOOST_REQUIRE(out.empty());
  }
}

BOOST_AUTO_TEST_CASE(counts_through_writes_of_any_size) {
  const auto items = all_sorts();
  for (std::size_t step = 1; step <= 140; ++step) {
    queue out;
    std::string all;
    std::vector<std::size_t> ends;
    std::size_t done = 0;
    // Three rounds: what is added meets what is half written.
    for (int round = 0; round < 3; ++round) {
      for (const auto& what : items) {
        add(out, what);
        all += bytes_of(what);
        ends.push_back(all.size());
      }
      const auto stop = round == 2 ? all.size() : all.size() - 200;
      while (done < stop) {
        const auto count = std::min(step, stop - done);
        out.written(count);
        done += count;
        tally expected;
        for (std::size_t i = 0; i < ends.size(); ++i)
          if (ends[i] > done)
            expected.add(items[i % items.size()]);
        BOOST_REQUIRE(counts(out, expected));
        BOOST_REQUIRE(out.unwritten() == std::string_view{all}.substr(done));
      }
    }
    BOOST_TEST(out.empty());
  }
}

BOOST_AUTO_TEST_CASE(counts_anew_after_it_was_empty) {
  queue out;
  for (int i = 0; i < 3; ++i) {
    add(out, {opcode::text, "abc"});
    add(out, {opcode::text, std::string(100, 'x')});
    out.written(6);
    BOOST_TEST(counts(out, {1, 100}));
    out.written(101);
    BOOST_TEST(out.empty());
    BOOST_TEST(counts(out, {}));
  }
}

BOOST_AUTO_TEST_CASE(counts_long_messages) {
  for (const std::size_t size : {65535U, 65536U, 200'000U}) {
    queue out;
    const item what{opcode::text, std::string(size, 'x')};
    add(out, what);
    add(out, {opcode::text, "next"});
    const auto bytes = bytes_of(what).size();
    out.written(bytes - 1);
    BOOST_TEST(counts(out, {2, size + 4}));
    out.written(1);
    BOOST_TEST(counts(out, {1, 4}));
    BOOST_TEST(out.unwritten() == bytes_of({opcode::text, "next"}));
  }
}

BOOST_AUTO_TEST_CASE(control_frames_do_not_count) {
  queue out;
  for (int i = 0; i < 100; ++i)
    append_frame(out.bytes(), opcode::ping, std::string(125, 'p'));
  append_close(out.bytes(), close_code::normal, "bye");
  BOOST_TEST(!out.empty());
  BOOST_TEST(counts(out, {}));
  BOOST_TEST(!is_full(out, 1, 1));
  out.written(300);
  BOOST_TEST(counts(out, {}));
}

BOOST_AUTO_TEST_CASE(is_full_at_each_limit_exactly) {
  queue out;
  add(out, {opcode::text, "abc"});
  add(out, {opcode::text, "de"});
  BOOST_TEST(is_full(out, 2, 100));
  BOOST_TEST(!is_full(out, 3, 100));
  BOOST_TEST(is_full(out, 100, 5));
  BOOST_TEST(!is_full(out, 100, 6));
  BOOST_TEST(is_full(out, 1, 1));
  // No longer, once a message has gone whole.
  out.written(4);
  BOOST_TEST(is_full(out, 2, 100));
  BOOST_TEST(is_full(out, 100, 5));
  out.written(1);
  BOOST_TEST(!is_full(out, 2, 100));
  BOOST_TEST(!is_full(out, 100, 5));
  BOOST_TEST(is_full(out, 1, 100));
  BOOST_TEST(is_full(out, 100, 2));
}

BOOST_AUTO_TEST_CASE(an_empty_message_counts_as_one) {
  queue out;
  add(out, {opcode::text, ""});
  add(out, {opcode::text, ""});
  BOOST_TEST(counts(out, {2, 0}));
  out.written(2);
  BOOST_TEST(counts(out, {1, 0}));
}

BOOST_AUTO_TEST_CASE(takes_no_more_memory_than_what_waits_needs) {
  queue out;
  const item what{opcode::text, std::string(998, 'x')};
  const auto bytes = bytes_of(what).size();
  add(out, what);
  // It never runs empty, and never holds more than three of them.
  for (int i = 0; i < 10'000; ++i) {
    add(out, what);
    out.written(bytes);
    BOOST_REQUIRE(out.bytes().size() <= 3 * bytes);
    BOOST_REQUIRE(out.unwritten() == bytes_of(what));
  }
  BOOST_TEST(counts(out, {1, 998}));
  BOOST_TEST(out.bytes().capacity() < 10 * bytes);
}

BOOST_AUTO_TEST_CASE(gives_its_storage_away_and_goes_on) {
  queue out;
  add(out, {opcode::text, std::string(1000, 'x')});
  out.written(out.unwritten().size());
  const auto storage = out.release();
  BOOST_TEST(storage.empty());
  BOOST_TEST(storage.capacity() >= 1000u);
  BOOST_TEST(out.bytes().capacity() < 100u);
  BOOST_TEST(out.empty());
  add(out, {opcode::text, "abc"});
  BOOST_TEST(counts(out, {1, 3}));
  BOOST_TEST(out.unwritten() == bytes_of({opcode::text, "abc"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace outbound_queue_suite
