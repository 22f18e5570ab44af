#include "stagedoor/actors/groups/member_survey.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/hub_parts.hpp"
#include "support/role_probes.hpp"

namespace member_survey_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Plays another hub, which answers when the test says so.
class hub_probe : public questions<group_reach, member_list> {
public:
  explicit hub_probe(unit& home)
      : handle_(home.spawn(behave, questions{*this})) {}

  [[nodiscard]] const caf::actor& handle() const { return handle_; }

private:
  using pointer =
      caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*;

  static caf::behavior behave(pointer self, questions asked) {
    return {[=](caf::get_atom, const std::string& group_name,
                group_reach reach) mutable {
      BOOST_TEST(group_name == "room");
      return asked.add(self, reach);
    }};
  }

  caf::actor handle_;
};

member_list list_of(int id, const std::string& username) {
  member_count result{10};
  result.add({json::value(id), username, 1});
  return result.take();
}

/// The survey of an actor that has one member and asks two hubs.
struct fixture {
  fixture() {
    owner.asks({{near.handle(), group_reach::unit},
                {far.handle(), group_reach::node}});
  }

  /// Asks; `target` becomes the names and whether the list is complete, or the
  /// reason of an error.
  void ask(std::string& target) {
    world.home().spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           const group_hub_actor& asked, std::string* into) {
          self->request(asked, caf::infinite, caf::get_atom_v,
                        std::string{"room"}, group_reach::cluster)
              .then(
                  [into](const member_list& list) {
                    for (const auto& present : list.members)
                      *into += present.username + ' ';
                    *into += list.complete ? "complete" : "incomplete";
                  },
                  [into](const caf::error& error) { *into = text_of(error); });
        },
        owner.handle(), &target);
    world.settle();
  }

  void settle() { world.settle(); }

  std::string answer;
  actor_world world;
  hub_parts owner{world};
  hub_probe near{world.home()};
  hub_probe far{world.home()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(member_survey, fixture)

BOOST_AUTO_TEST_CASE(without_other_hubs_the_own_members_are_all) {
  owner.asks({});
  ask(answer);
  BOOST_TEST(answer == "own complete");
}

BOOST_AUTO_TEST_CASE(sums_up_what_all_hubs_say) {
  ask(answer);
  BOOST_REQUIRE(near.count() == 1u);
  BOOST_REQUIRE(far.count() == 1u);
  BOOST_TEST((near.last() == group_reach::unit));
  BOOST_TEST((far.last() == group_reach::node));
  near.answer_last(list_of(2, "near"));
  settle();
  BOOST_TEST(answer == "");
  far.answer_last(list_of(3, "far"));
  settle();
  BOOST_TEST(answer == "own near far complete");
}

BOOST_AUTO_TEST_CASE(a_hub_that_fails_leaves_the_list_incomplete) {
  ask(answer);
  near.fail_last(make_error(errc::unavailable));
  far.answer_last(list_of(3, "far"));
  settle();
  BOOST_TEST(answer == "own far incomplete");
}

BOOST_AUTO_TEST_CASE(a_hub_that_is_late_leaves_the_list_incomplete) {
  ask(answer);
  near.answer_last(list_of(2, "near"));
  world.advance(world.bounds().members_timeout - 1ms);
  BOOST_TEST(answer == "");
  world.advance(20ms);
  BOOST_TEST(answer == "own near incomplete");
  // Too late.
  far.answer_last(list_of(3, "far"));
  settle();
  BOOST_TEST(answer == "own near incomplete");
}

BOOST_AUTO_TEST_CASE(questions_at_the_same_time_are_kept_apart) {
  std::string other;
  ask(answer);
  ask(other);
  BOOST_REQUIRE(near.count() == 2u);
  near.answer(1, list_of(2, "near"));
  far.answer(1, list_of(3, "far"));
  settle();
  BOOST_TEST(answer == "");
  BOOST_TEST(other == "own near far complete");
  near.answer(0, list_of(2, "near"));
  far.answer(0, {});
  settle();
  BOOST_TEST(answer == "own near complete");
}

BOOST_AUTO_TEST_CASE(a_question_that_is_open_at_the_end_fails) {
  ask(answer);
  world.kill(owner.handle());
  BOOST_TEST(answer == text_of(make_error(errc::unavailable)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace member_survey_suite
