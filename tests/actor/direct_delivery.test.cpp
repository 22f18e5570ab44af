#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/actor_world.hpp"

using namespace stagedoor::test;
using stagedoor::answer_promise;
using stagedoor::errc;

namespace {

/// Answers a text with a text.
using echo_actor = caf::typed_actor<
    stagedoor::caf_api::replies_to<std::string>::with<std::string>>;

class echo_line {
public:
  virtual void answer(std::string& text,
                      answer_promise<std::string> promise) = 0;

protected:
  ~echo_line() = default;
};

/// What is done and told, in order.
using log_ptr = std::shared_ptr<std::vector<std::string>>;

} // namespace

template <>
struct stagedoor::line_of<echo_actor> {
  using type = echo_line;
};

namespace direct_delivery_suite {

namespace {

/// Answers by what the text says.
class echo_state : echo_line {
public:
  using pointer = stagedoor::pinned_pointer<echo_actor, echo_state>;

  static inline const char* name = "test.echo";

  explicit echo_state(pointer self) : self_(self) {}

  echo_actor::behavior_type start(log_ptr log, caf::actor asker,
                                  echo_actor next) {
    log_ = std::move(log);
    asker_ = std::move(asker);
    next_ = std::move(next);
    self_->open_line(*this);
    return {[this](std::string& text) {
      log_->push_back("message " + text);
      return self_->answer_message<std::string>(text);
    }};
  }

  void keep_promises() {
    for (auto& promise : kept_)
      promise.deliver(std::string{"later"});
    kept_.clear();
  }

private:
  void answer(std::string& text, answer_promise<std::string> promise) override {
    log_->push_back("asked " + text);
    if (text == "keep") {
      kept_.push_back(std::move(promise));
    } else if (text == "throw") {
      throw std::runtime_error("as asked");
    } else if (text == "fail") {
      promise.deliver(make_error(errc::throttled));
    } else if (text == "who") {
      promise.deliver(name_of(self_->current_sender()));
    } else if (text == "pass on who") {
      self_->pass_on(std::move(promise), next_, std::string{"who"});
    } else if (text == "ask who") {
      auto here = name_of(self_->current_sender());
      self_->ask(next_, std::string{"who"})
          .then(
              [&](const std::string& there) {
                here += ' ' + there + ' ' + name_of(self_->current_sender());
              },
              [](const caf::error&) {});
      promise.deliver(std::move(here));
    } else if (text == "pass on") {
      self_->pass_on(std::move(promise), next_, std::string{"passed"});
    } else if (text != "drop") {
      if (text == "tell first")
        caf::anon_send(asker_, std::string{"told"});
      promise.deliver(text + '!');
      promise.deliver(std::string{"twice"});
      if (text == "quit")
        self_->quit();
    }
  }

  std::string name_of(const caf::strong_actor_ptr& sender) const {
    if (sender == asker_)
      return "asker";
    return sender == nullptr ? "nobody" : "another";
  }

  pointer self_;
  log_ptr log_;
  caf::actor asker_;
  stagedoor::role<echo_actor> next_;
  std::vector<answer_promise<std::string>> kept_;
};

echo_actor::behavior_type echo(echo_state::pointer self, log_ptr log,
                               caf::actor asker, echo_actor next) {
  return stagedoor::caf_api::state_of(self).start(
      std::move(log), std::move(asker), std::move(next));
}

struct asker_state {
  static inline const char* name = "test.asker";
};
using asker_actor =
    caf::stateful_actor<asker_state, stagedoor::pinned<caf::event_based_actor>>;

/// Notes the texts that it gets as messages.
caf::behavior note_texts(asker_actor*, log_ptr log) {
  return {
      [=](const std::string& text) { log->push_back("got " + text); },
  };
}

struct direct_fixture {
  actor_world world{{}, 2};
  manual_unit& home = world.home();
  log_ptr log = std::make_shared<std::vector<std::string>>();
  caf::actor asker = home.spawn(note_texts, log);
  echo_actor next = home.spawn(echo, log, asker, echo_actor{});
  echo_actor asked = home.spawn(echo, log, asker, next);
  stagedoor::role<echo_actor> role{asked};

  direct_fixture() { world.settle(); }

  template <class Actor, class Handle>
  static Actor& behind(const Handle& handle) {
    return *caf::actor_cast<Actor*>(handle);
  }

  void ask(const std::string& text, const stagedoor::role<echo_actor>& whom) {
    auto& self = behind<asker_actor>(asker);
    self.enter([&] {
      self.ask(whom, std::string{text})
          .then(
              [this](const std::string& answer) {
                log->push_back("answer " + answer);
              },
              [this](const caf::error& error) {
                log->push_back("error "
                               + std::to_string(static_cast<int>(
                                   stagedoor::code_of(error))));
              });
      log->push_back("has asked");
    });
  }

  void ask(const std::string& text) { ask(text, role); }

  /// What has happened since the last time.
  std::string told() {
    std::string result;
    for (const auto& line : *log)
      result += line + '\n';
    log->clear();
    return result;
  }

  static std::string error(errc code) {
    return "error " + std::to_string(static_cast<int>(code)) + '\n';
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(direct_delivery, direct_fixture)

BOOST_AUTO_TEST_CASE(a_role_that_is_idle_answers_without_a_message) {
  ask("hello");
  BOOST_TEST(told() == "asked hello\nanswer hello!\nhas asked\n");
  BOOST_TEST(!home.has_work());
  ask("fail");
  BOOST_TEST(told() == "asked fail\n" + error(errc::throttled) + "has asked\n");
}

BOOST_AUTO_TEST_CASE(a_role_answers_later_with_a_message) {
  ask("keep");
  BOOST_TEST(told() == "asked keep\nhas asked\n");
  behind<caf::stateful_actor<echo_state, stagedoor::pinned<echo_actor::base>>>(
      asked)
      .state.keep_promises();
  BOOST_TEST(told() == "");
  world.settle();
  BOOST_TEST(told() == "answer later\n");
}

BOOST_AUTO_TEST_CASE(a_question_overtakes_no_message_to_the_role) {
  caf::anon_send(asked, std::string{"first"});
  ask("second");
  BOOST_TEST(told() == "has asked\n");
  world.settle();
  BOOST_TEST(told()
             == "message first\nasked first\nmessage second\nasked second\n"
                "answer second!\n");
  ask("third");
  BOOST_TEST(told() == "asked third\nanswer third!\nhas asked\n");
}

BOOST_AUTO_TEST_CASE(an_answer_overtakes_no_message_to_the_asker) {
  ask("tell first");
  BOOST_TEST(told() == "asked tell first\nhas asked\n");
  world.settle();
  BOOST_TEST(told() == "got told\nanswer tell first!\n");
}

BOOST_AUTO_TEST_CASE(a_question_counts_as_a_run_of_the_turn) {
  home.begin_turn(2);
  ask("1");
  BOOST_TEST(!home.is_turn_over());
  ask("2");
  BOOST_TEST(home.is_turn_over());
  BOOST_TEST(told()
             == "asked 1\nanswer 1!\nhas asked\n"
                "asked 2\nanswer 2!\nhas asked\n");
  // One past it waits for the next turn.
  ask("3");
  BOOST_TEST(told() == "has asked\n");
  home.begin_turn(2);
  home.run();
  BOOST_TEST(told() == "message 3\nasked 3\nanswer 3!\n");
}

BOOST_AUTO_TEST_CASE(a_role_passes_a_question_on) {
  ask("pass on");
  BOOST_TEST(told()
             == "asked pass on\nasked passed\nanswer passed!\nhas asked\n");
}

BOOST_AUTO_TEST_CASE(a_role_sees_who_asks) {
  for (const auto is_direct : {true, false}) {
    home.set_direct(is_direct);
    ask("who");
    ask("pass on who");
    world.settle();
    const auto all = told();
    BOOST_TEST(all.find("answer asker\n") != std::string::npos);
    BOOST_TEST(all.find("answer asker\n") != all.rfind("answer asker\n"));
  }
  home.set_direct(true);
  ask("ask who");
  BOOST_TEST(told()
             == "asked ask who\nasked who\nanswer asker another asker\n"
                "has asked\n");
}

BOOST_AUTO_TEST_CASE(
    a_question_is_passed_on_with_a_message_where_it_has_to_be) {
  caf::anon_send(next, std::string{"before"});
  ask("pass on");
  BOOST_TEST(told() == "asked pass on\nhas asked\n");
  world.settle();
  BOOST_TEST(told()
             == "message before\nasked before\nmessage passed\nasked passed\n"
                "answer passed!\n");
}

BOOST_AUTO_TEST_CASE(all_questions_are_messages_if_the_unit_says_so) {
  home.set_direct(false);
  ask("pass on");
  BOOST_TEST(told() == "has asked\n");
  world.settle();
  BOOST_TEST(told()
             == "message pass on\nasked pass on\nmessage passed\nasked passed\n"
                "answer passed!\n");
}

BOOST_AUTO_TEST_CASE(a_role_that_throws_ends_and_the_asker_gets_an_error) {
  ask("throw");
  BOOST_TEST(told()
             == "asked throw\n" + error(errc::server_error) + "has asked\n");
  BOOST_TEST(stagedoor::caf_api::has_ended(
      *caf::actor_cast<caf::abstract_actor*>(asked)));
  // The next one is a message to an actor that has ended.
  ask("hello");
  world.settle();
  BOOST_TEST(told() == "has asked\n" + error(errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_role_that_quits_has_answered_and_ends) {
  ask("quit");
  BOOST_TEST(told() == "asked quit\nanswer quit!\nhas asked\n");
  BOOST_TEST(stagedoor::caf_api::has_ended(
      *caf::actor_cast<caf::abstract_actor*>(asked)));
}

BOOST_AUTO_TEST_CASE(a_promise_that_is_dropped_is_an_error) {
  ask("drop");
  BOOST_TEST(told()
             == "asked drop\n" + error(errc::server_error) + "has asked\n");
  home.set_direct(false);
  ask("drop");
  world.settle();
  BOOST_TEST(told()
             == "has asked\nmessage drop\nasked drop\n"
                    + error(errc::server_error));
}

BOOST_AUTO_TEST_CASE(a_role_that_ends_answers_what_it_has_kept) {
  ask("keep");
  world.kill(asked);
  BOOST_TEST(told() == "asked keep\nhas asked\n" + error(errc::server_error));
}

BOOST_AUTO_TEST_CASE(a_role_of_another_unit_gets_a_message) {
  auto there = world.home(1).spawn(echo, log, caf::actor{}, echo_actor{});
  world.settle();
  ask("hello", there);
  BOOST_TEST(told() == "has asked\n");
  world.settle();
  BOOST_TEST(told() == "message hello\nasked hello\nanswer hello!\n");
}

BOOST_AUTO_TEST_CASE(an_actor_of_no_unit_gets_a_message) {
  echo_actor foreign = world.system().spawn<caf::hidden>(
      [](echo_actor::pointer) -> echo_actor::behavior_type {
        return {[](const std::string& text) { return text + '?'; }};
      });
  ask("hello", foreign);
  BOOST_TEST(told() == "has asked\n");
  world.settle();
  BOOST_TEST(told() == "answer hello?\n");
  world.kill(foreign);
}

BOOST_AUTO_TEST_CASE(a_role_without_its_behaviour_gets_a_message) {
  auto fresh = home.spawn(echo, log, caf::actor{}, echo_actor{});
  ask("hello", fresh);
  BOOST_TEST(told() == "has asked\n");
  world.settle();
  BOOST_TEST(told() == "message hello\nasked hello\nanswer hello!\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace direct_delivery_suite
