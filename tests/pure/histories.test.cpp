#include "stagedoor/actors/groups/histories.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace histories_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

const stagedoor::histories::time_point start{};

const std::string event_text = R"({"type":"t","data":1,"status":200})";

constexpr std::size_t kept_bytes = 57;

struct fixture {
  explicit fixture(std::size_t bytes_max = 10 * kept_bytes)
      : subject(bytes_max, 3, [this] { return ++epochs; }) {}

  std::uint64_t epochs = 0;
  stagedoor::histories subject;

  void open(const std::string& group,
            stagedoor::history bounds = {100, 1 << 20, 10s}) {
    subject.open(group, bounds, start);
  }
  std::string add(const std::string& group,
                  stagedoor::histories::time_point at = start) {
    return subject.add(group, event_text, at).text;
  }
  history_part read(const std::string& group, group_position after,
                    stagedoor::histories::time_point at = start) {
    return subject.read({group, after, 1 << 20}, at);
  }
};

struct small_fixture : fixture {
  small_fixture() : fixture(3 * kept_bytes) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(histories, fixture)

BOOST_AUTO_TEST_CASE(an_event_has_its_group_and_number_last) {
  open("g");
  BOOST_TEST(add("g")
             == R"({"type":"t","data":1,"status":200,"group":"g","offset":1})");
  BOOST_TEST(subject.bytes() == kept_bytes);
  open("a\"b");
  BOOST_TEST(
      add("a\"b")
      == R"({"type":"t","data":1,"status":200,"group":"a\"b","offset":1})");
}

BOOST_AUTO_TEST_CASE(each_group_has_an_epoch_and_numbers_of_its_own) {
  open("g");
  open("h");
  open("g");
  add("g");
  add("g");
  const auto of_g = read("g", {1, 0});
  BOOST_TEST((of_g.last == group_position{1, 2}));
  BOOST_TEST(of_g.texts.size() == 2u);
  const auto of_h = read("h", {2, 0});
  BOOST_TEST((of_h.last == group_position{2, 0}));
  BOOST_TEST(of_h.first == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_is_read_that_does_not_follow) {
  open("g", {2, 1 << 20, 10s});
  for (int i = 0; i < 4; ++i)
    add("g");
  BOOST_TEST(read("g", {1, 1}).texts.empty()); // 2 is not kept.
  BOOST_TEST(read("g", {1, 1}).first == 3u);
  BOOST_TEST(read("g", {1, 2}).texts.size() == 2u);
  BOOST_TEST(read("g", {1, 4}).texts.empty());
  BOOST_TEST(read("g", {1, 5}).texts.empty());
  BOOST_TEST(read("g", {1, UINT64_MAX}).texts.empty());
  BOOST_TEST(read("g", {2, 2}).texts.empty()); // Another epoch.
  BOOST_TEST(subject.read({"g", {1, 2}, 0}, start).texts.empty());
}

BOOST_FIXTURE_TEST_CASE(the_group_that_is_silent_gives_way, small_fixture) {
  open("g");
  open("h");
  add("g");
  add("h");
  add("h");
  BOOST_TEST(subject.bytes() == 3 * kept_bytes);
  BOOST_TEST(read("g", {1, 0}).first == 1u);
  add("h");
  BOOST_TEST(subject.bytes() == 3 * kept_bytes);
  BOOST_TEST(read("g", {1, 0}).first == 2u); // Its only event is gone.
  BOOST_TEST((read("g", {1, 0}).last == group_position{1, 1}));
  BOOST_TEST(read("h", {2, 0}).texts.size() == 3u);
  add("h"); // Now it has to give way itself.
  BOOST_TEST(subject.bytes() <= 3 * kept_bytes);
  BOOST_TEST((read("h", {2, 0}).last == group_position{2, 4}));
}

BOOST_AUTO_TEST_CASE(what_is_too_old_is_not_read) {
  open("g");
  add("g", start);
  BOOST_TEST(read("g", {1, 0}, start + 10s).texts.size() == 1u);
  BOOST_TEST(read("g", {1, 0}, start + 10s + 1ms).texts.empty());
  BOOST_TEST(subject.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_group_that_nobody_uses_is_forgotten) {
  open("g");
  add("g", start);
  subject.use({"g", true}, 7, start);
  subject.use({"g", true}, 8, start);
  subject.sweep(start + 1h);
  BOOST_TEST(subject.bytes() == 0u);
  BOOST_TEST(subject.size() == 1u);
  subject.use({"g", false}, 7, start + 1h);
  subject.sweep(start + 2h);
  BOOST_TEST(subject.size() == 1u);
  subject.use({"g", false}, 8, start + 2h);
  subject.sweep(start + 2h + 10s);
  BOOST_TEST(subject.size() == 1u);
  subject.sweep(start + 2h + 10s + 1ms);
  BOOST_TEST(subject.size() == 0u);
  open("g");
  BOOST_TEST(read("g", {1, 0}).last.epoch == 2u);
}

BOOST_AUTO_TEST_CASE(a_group_that_was_only_asked_for_goes_with_the_next_sweep) {
  open("g");
  read("g", {});
  subject.sweep(start);
  BOOST_TEST(subject.size() == 0u);
}

BOOST_AUTO_TEST_CASE(groups_without_members_are_bounded) {
  for (const auto* group : {"used", "a", "b", "c"}) {
    open(group);
    add(group);
    if (group == std::string{"used"})
      subject.use({group, true}, 7, start);
  }
  BOOST_TEST(subject.size() == 4u); // Three of them without members.
  read("a", {});
  open("d");
  BOOST_TEST(subject.size() == 4u);
  BOOST_TEST(subject.has("a"));
  BOOST_TEST(!subject.has("b"));
  subject.use({"used", false}, 7, start);
  BOOST_TEST(subject.has("used"));
  BOOST_TEST(!subject.has("c"));
}

BOOST_AUTO_TEST_CASE(a_group_that_is_asked_for_is_not_forgotten) {
  open("g");
  add("g", start);
  subject.sweep(start + 9s);
  read("g", {1, 1}, start + 9s);
  subject.sweep(start + 19s);
  BOOST_TEST(subject.size() == 1u);
  subject.sweep(start + 19s + 1ms);
  BOOST_TEST(subject.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace histories_suite
