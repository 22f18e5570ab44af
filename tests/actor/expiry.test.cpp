#include "stagedoor/actors/units/expiry.hpp"

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/typed_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "support/actor_world.hpp"
#include "support/role_probes.hpp"

namespace expiry_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using numbers = std::vector<std::uint64_t>;
using numbers_ptr = std::shared_ptr<numbers>;
using callback = std::function<void()>;

using noting_actor =
    caf::typed_actor<caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// An actor that a test makes callbacks of; it notes the numbers that they
/// send.
noting_actor::behavior_type
notes_expiries(pinned_pointer<noting_actor, probe_state> self,
               const numbers_ptr& seen, callback* first, callback* second) {
  *first = sends_expired(self, 7);
  *second = sends_expired(self, 9);
  return {[seen](expired_atom, std::uint64_t id) { seen->push_back(id); }};
}

struct fixture {
  fixture() {
    handle = world.home().spawn(notes_expiries, seen, &first, &second);
    world.settle();
  }

  actor_world world;
  numbers_ptr seen = std::make_shared<numbers>();
  callback first;
  callback second;
  noting_actor handle;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(expiry, fixture)

BOOST_AUTO_TEST_CASE(the_actor_gets_the_number_of_what_has_expired) {
  second();
  world.settle();
  BOOST_TEST(*seen == numbers{9}, boost::test_tools::per_element());
  first();
  world.settle();
  BOOST_TEST(*seen == (numbers{9, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_is_a_message_and_no_call) {
  first();
  BOOST_TEST(seen->empty());
  world.settle();
  BOOST_TEST(seen->size() == 1u);
}

BOOST_AUTO_TEST_CASE(it_is_what_a_deadline_runs) {
  deadline due{first};
  world.home().arm(due, 1s);
  world.advance(990ms);
  BOOST_TEST(seen->empty());
  world.advance(20ms);
  BOOST_TEST(*seen == numbers{7}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace expiry_suite
