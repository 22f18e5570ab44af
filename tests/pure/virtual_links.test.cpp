// The links between the nodes of a cluster world: what arrives, in which order,
// and when a node hears that a link has ended.

#include <boost/test/unit_test.hpp>

#include <stagedoor/testing/virtual_links.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace virtual_links_suite {

using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

using duration = std::chrono::steady_clock::duration;
using time_point = std::chrono::steady_clock::time_point;

/// A node that writes down what it hears.
class noting_end final : public stagedoor::testing::virtual_links::end {
public:
  void connected(std::uint64_t link, std::size_t peer) override {
    current = link;
    heard += "connected " + std::to_string(peer) + '\n';
  }
  void arrived(std::uint64_t link, std::size_t peer,
               const parcel& what) override {
    current = link;
    heard += std::to_string(peer) + ' '
             + std::string{what.bytes.begin(), what.bytes.end()} + '\n';
  }
  void lost(std::uint64_t, std::size_t peer) override {
    current = 0;
    heard += "lost " + std::to_string(peer) + '\n';
  }
  void not_reached(std::size_t peer) override {
    heard += "not reached " + std::to_string(peer) + '\n';
  }

  std::string take() { return std::exchange(heard, {}); }

  std::uint64_t current = 0;
  std::string heard;
};

/// Nodes that have a link to each other from the start.
struct network {
  explicit network(std::uint64_t seed, std::size_t count = 2)
      : random(seed), links(random, count, {}), ends(count) {
    for (std::size_t i = 0; i < count; ++i)
      links.begin(i, ends[i]);
    advance(1s);
    // Whoever is connected says hello, as the other side does not know.
    for (std::size_t i = 0; i < count; ++i)
      if (ends[i].current != 0)
        say(i, "hello");
    advance(1s);
    for (auto& each : ends)
      each.take();
  }

  void advance(duration by) {
    const auto end = links.now() + by;
    for (;;) {
      links.move_clock(std::max(links.now(), std::min(end, links.next())));
      if (!links.run_next())
        break;
    }
    links.move_clock(end);
  }

  void say(std::size_t from, const std::string& text) {
    links.send(ends[from].current, from, {0, {text.begin(), text.end()}});
  }

  /// Lets time pass until a node has heard something.
  duration await(std::size_t node) {
    const auto begin = links.now();
    while (ends[node].heard.empty() && links.now() - begin < 1min) {
      links.move_clock(std::max(links.now(), links.next()));
      links.run_next();
    }
    return links.now() - begin;
  }

  chance random;
  stagedoor::testing::virtual_links links;
  std::vector<noting_end> ends;
};

} // namespace

BOOST_AUTO_TEST_SUITE(virtual_links)

BOOST_AUTO_TEST_CASE(nodes_that_reach_each_other_get_one_link) {
  chance random{1};
  stagedoor::testing::virtual_links links{random, 2, {}};
  std::vector<noting_end> ends(2);
  links.begin(0, ends[0]);
  links.begin(1, ends[1]);
  for (int i = 0; i < 100 && links.next() < time_point{5s}; ++i) {
    links.move_clock(links.next());
    links.run_next();
  }
  const auto all = ends[0].take() + ends[1].take();
  BOOST_TEST((all == "connected 0\n" || all == "connected 1\n"), all);
}

BOOST_AUTO_TEST_CASE(what_one_side_sends_arrives_in_order) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    network net{seed};
    std::string expected;
    for (int i = 0; i < 20; ++i) {
      net.say(0, std::to_string(i));
      expected += "0 " + std::to_string(i) + '\n';
      net.advance(100us);
    }
    BOOST_TEST(net.ends[0].take() == "");
    net.advance(1s);
    BOOST_TEST(net.ends[1].take() == expected);
  }
}

BOOST_AUTO_TEST_CASE(nothing_arrives_at_once) {
  network net{1};
  net.say(0, "a");
  BOOST_TEST(!net.links.run_next());
  BOOST_TEST((net.links.next() > net.links.now()));
}

BOOST_AUTO_TEST_CASE(the_order_across_links_comes_from_the_seed) {
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto order = [seed] {
      network net{seed, 3};
      net.say(0, "a");
      net.say(1, "b");
      net.advance(1s);
      return net.ends[2].take();
    };
    const auto first = order();
    BOOST_TEST(order() == first);
    orders.insert(first);
  }
  // The links of node 0 and 1 need not be those to node 2.
  BOOST_TEST(orders.contains("0 a\n1 b\n"));
  BOOST_TEST(orders.contains("1 b\n0 a\n"));
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_a_cut_and_each_side_gives_up_by_itself) {
  std::set<std::int64_t> times;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    network net{seed};
    net.links.cut(0, 1);
    net.say(0, "a");
    const auto first = net.await(0);
    net.await(1);
    BOOST_TEST(net.ends[0].take() == "lost 1\n");
    BOOST_TEST(net.ends[1].take() == "lost 0\n");
    BOOST_TEST((first >= 500ms && first <= 4s));
    times.insert(first.count());
    net.advance(1min);
    BOOST_TEST(net.ends[0].heard.find("connected") == std::string::npos);
  }
  BOOST_TEST(times.size() > 15u);
}

BOOST_AUTO_TEST_CASE(what_was_sent_into_a_cut_arrives_if_it_is_healed_in_time) {
  network net{1};
  net.links.cut(0, 1);
  net.say(0, "a");
  net.advance(400ms);
  BOOST_TEST(net.ends[1].take() == "");
  net.links.heal(0, 1);
  net.say(0, "b");
  net.advance(1min);
  BOOST_TEST(net.ends[1].take() == "0 a\n0 b\n");
  BOOST_TEST(net.ends[0].take() == "");
}

BOOST_AUTO_TEST_CASE(each_cut_is_noticed_by_itself) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    network net{seed};
    net.links.cut(0, 1);
    net.advance(450ms);
    net.links.heal(0, 1);
    net.links.cut(0, 1);
    BOOST_TEST((net.await(0) >= 500ms));
  }
}

BOOST_AUTO_TEST_CASE(a_healed_cut_gives_a_new_link_if_one_side_has_given_up) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    network net{seed};
    const auto before = net.ends[0].current;
    net.links.cut(0, 1);
    net.say(1, "a");
    net.await(0);
    BOOST_TEST(net.ends[0].take() == "lost 1\n");
    net.links.heal(0, 1);
    net.advance(10s);
    // What the side that gave up has sent may come before the end.
    const auto all = net.ends[0].take() + net.ends[1].take();
    BOOST_TEST(all.find("lost 0\n") != std::string::npos);
    BOOST_TEST(all.find("connected") != std::string::npos);
    BOOST_TEST(all.find("1 a") == std::string::npos);
    BOOST_TEST(net.ends[0].current != before);
  }
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_has_sent_arrives_before_its_end) {
  network net{1};
  net.say(0, "a");
  net.say(0, "b");
  net.links.kill(0);
  net.say(0, "c");
  net.advance(400ms);
  BOOST_TEST(net.ends[1].take() == "0 a\n0 b\nlost 0\n");
  BOOST_TEST(net.ends[0].take() == "");
  net.advance(10s);
  BOOST_TEST(net.ends[1].take() == "not reached 0\n");
}

BOOST_AUTO_TEST_CASE(a_process_that_begins_again_gets_a_link) {
  network net{1};
  net.links.kill(0);
  net.advance(10s);
  net.ends[1].take();
  net.links.begin(0, net.ends[0]);
  net.advance(10s);
  const auto all = net.ends[0].take() + net.ends[1].take();
  BOOST_TEST((all == "connected 0\n" || all == "connected 1\n"), all);
}

BOOST_AUTO_TEST_CASE(who_stands_still_hears_everything_later) {
  network net{1};
  net.links.freeze(1);
  net.say(0, "a");
  net.advance(400ms);
  BOOST_TEST(net.ends[1].take() == "");
  net.links.thaw(1);
  net.advance(400ms);
  BOOST_TEST(net.ends[1].take() == "0 a\n");
}

BOOST_AUTO_TEST_CASE(who_stands_still_for_long_is_given_up) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    network net{seed};
    net.links.freeze(1);
    BOOST_TEST((net.await(0) <= 4s));
    BOOST_TEST(net.ends[0].take() == "lost 1\n");
    net.advance(10s);
    BOOST_TEST(net.ends[1].take() == "");
    net.links.thaw(1);
    net.advance(10s);
    const auto all = net.ends[1].take();
    BOOST_TEST(all.starts_with("lost 0\n"), all);
    BOOST_TEST((all + net.ends[0].take()).find("connected")
               != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(what_is_later_ends_with_its_process) {
  network net{1};
  std::string heard;
  net.links.later(0, 10ms, [&] { heard += 'a'; });
  net.links.later(1, 10ms, [&] { heard += 'b'; });
  net.links.kill(0);
  net.links.begin(0, net.ends[0]);
  net.advance(1s);
  BOOST_TEST(heard == "b");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace virtual_links_suite
