#include "stagedoor/actors/units/open_requests.hpp"

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/typed_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"

namespace open_requests_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using numbers = std::vector<std::uint64_t>;
using open_texts = open_requests<std::string>;

using asker_actor =
    caf::typed_actor<caf_api::reacts_to<std::string>,
                     caf_api::reacts_to<expired_atom, std::uint64_t>,
                     caf_api::reacts_to<answer_atom, std::uint64_t>>;

/// A request that cannot be copied or moved, as most of them cannot.
struct expiring_request {
  expiring_request(std::string about, std::function<void()> on_expiry)
      : text(std::move(about)), due(std::move(on_expiry)) {}

  std::string text;
  deadline due;
};

/// An actor that adds a request for each text, due after a second, and notes
/// the numbers that its deadlines send.
class asker {
public:
  explicit asker(unit& home) { handle_ = home.spawn(behave, record_); }

  [[nodiscard]] const asker_actor& handle() const { return handle_; }
  [[nodiscard]] const numbers& added() const { return record_->added; }
  [[nodiscard]] const numbers& expired() const { return record_->expired; }

private:
  struct record_type {
    numbers added;
    numbers expired;
  };
  using record_ptr = std::shared_ptr<record_type>;
  struct state_type {
    static inline const char* name = "asker";
    open_requests<expiring_request> open;
  };
  using pointer = pinned_pointer<asker_actor, state_type>;

  static asker_actor::behavior_type behave(pointer self, record_ptr record) {
    return {
        [=](const std::string& text) {
          auto [id, request] =
              caf_api::state_of(self).open.add_expiring(self, text);
          BOOST_TEST(request.text == text);
          self->home().arm(request.due, 1s);
          record->added.push_back(id);
        },
        [=](expired_atom, std::uint64_t id) {
          record->expired.push_back(id);
          BOOST_TEST(!caf_api::state_of(self).open.take(id).empty());
        },
        [=](answer_atom, std::uint64_t id) {
          caf_api::state_of(self).open.take(id);
        },
    };
  }

  record_ptr record_ = std::make_shared<record_type>();
  asker_actor handle_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(open_requests)

// -- numbers ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_reserved_number_is_given_to_no_other_request) {
  open_texts open;
  const auto reserved = open.reserve();
  BOOST_TEST(open.add("next").id != reserved);
  BOOST_TEST((open.find(reserved) == nullptr));
  open.add_reserved(reserved, "first");
  open.add_reserved(reserved, "second");
  BOOST_TEST(open.at(reserved) == "first");
}

BOOST_AUTO_TEST_CASE(a_number_is_never_given_twice) {
  open_texts table;
  const auto first = table.add("a").id;
  BOOST_TEST(!table.take(first).empty());
  const auto second = table.add("b").id;
  BOOST_TEST(second != first);
  table.take_if([](const auto&) { return true; }, [](auto&) {});
  const auto third = table.add("c").id;
  BOOST_TEST(third != first);
  BOOST_TEST(third != second);
}

BOOST_AUTO_TEST_CASE(no_request_has_the_number_0) {
  open_texts table;
  BOOST_TEST(table.add("a").id != 0u);
}

// -- finding and taking -------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_open_request_is_found_under_its_number) {
  open_texts table;
  const auto a = table.add("a").id;
  const auto b = table.add("b").id;
  BOOST_REQUIRE(table.find(a) != nullptr);
  BOOST_TEST(*table.find(a) == "a");
  BOOST_TEST(table.at(b) == "b");
  BOOST_TEST(table.size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_comes_too_late_finds_null) {
  open_texts table;
  const auto id = table.add("a").id;
  const auto taken = table.take(id);
  BOOST_REQUIRE(!taken.empty());
  BOOST_TEST(taken.mapped() == "a");
  BOOST_TEST(table.find(id) == nullptr);
  BOOST_TEST(table.take(id).empty());
  BOOST_TEST(table.empty());
}

BOOST_AUTO_TEST_CASE(a_number_that_was_never_given_is_not_found) {
  open_texts table;
  table.add("a");
  BOOST_TEST(table.find(0) == nullptr);
  BOOST_TEST(table.find(2) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_request_stays_where_it_is_while_others_come) {
  open_texts table;
  auto first = table.add("a");
  for (int i = 0; i < 1000; ++i)
    table.add("b");
  BOOST_TEST(table.find(first.id) == &first.request);
}

BOOST_AUTO_TEST_CASE(take_if_takes_what_satisfies_the_predicate_only) {
  open_texts table;
  const auto a = table.add("a").id;
  const auto b = table.add("b").id;
  const auto c = table.add("a").id;
  std::string seen;
  table.take_if([](const std::string& text) { return text == "a"; },
                [&](const std::string& text) { seen += text; });
  BOOST_TEST(seen == "aa");
  BOOST_TEST(table.find(a) == nullptr);
  BOOST_TEST(table.find(c) == nullptr);
  BOOST_REQUIRE(table.find(b) != nullptr);
  BOOST_TEST(table.size() == 1u);
}

BOOST_AUTO_TEST_CASE(all_open_requests_are_walked_through) {
  open_texts table;
  table.add("a");
  table.take(table.add("b").id);
  table.add("c");
  std::vector<std::string> seen;
  for (const auto& [id, text] : table)
    seen.push_back(text);
  std::sort(seen.begin(), seen.end());
  BOOST_TEST(seen == (std::vector<std::string>{"a", "c"}),
             boost::test_tools::per_element());
}

// -- deadlines ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_deadline_sends_the_number_of_its_request) {
  actor_world world;
  const asker probe{world.home()};
  caf::anon_send(probe.handle(), std::string{"a"});
  world.settle();
  world.advance(500ms);
  caf::anon_send(probe.handle(), std::string{"b"});
  world.settle();
  BOOST_REQUIRE(probe.added().size() == 2u);
  world.advance(490ms);
  BOOST_TEST(probe.expired().empty());
  world.advance(20ms);
  BOOST_TEST(probe.expired() == numbers{probe.added().front()},
             boost::test_tools::per_element());
  world.advance(1s);
  BOOST_TEST(probe.expired() == probe.added(),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_request_that_was_taken_does_not_expire) {
  actor_world world;
  const asker probe{world.home()};
  caf::anon_send(probe.handle(), std::string{"a"});
  world.settle();
  BOOST_REQUIRE(probe.added().size() == 1u);
  caf::anon_send(probe.handle(), answer_atom_v, probe.added().front());
  world.settle();
  world.advance(2s);
  BOOST_TEST(probe.expired().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace open_requests_suite
