#pragma once

#include "stagedoor/actors/history_messages.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/typed_response_promise.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace stagedoor::test {

/// The questions to an actor of a test, which it answers when the test says so,
/// in any order, or never. Copies share them.
template <class Question, class Answer>
class questions {
public:
  /// Keeps the question that `self` is handling, and returns its response.
  template <class Self>
  caf::typed_response_promise<Answer> add(Self* self, Question what) {
    auto asker = self->current_sender();
    auto promise = self->template make_response_promise<Answer>();
    if (data_->always)
      promise.deliver(*data_->always);
    data_->entries.push_back({std::move(what), std::move(asker), promise});
    return promise;
  }

  /// How many have been asked.
  [[nodiscard]] std::size_t count() const { return data_->entries.size(); }
  [[nodiscard]] const Question& at(std::size_t number) const {
    return data_->entries.at(number).what;
  }
  [[nodiscard]] const Question& last() const {
    return data_->entries.back().what;
  }
  /// Who asked last.
  [[nodiscard]] const caf::strong_actor_ptr& last_asker() const {
    return data_->entries.back().asker;
  }

  void answer(std::size_t number, Answer answer) {
    data_->entries.at(number).promise.deliver(std::move(answer));
  }
  void answer_last(Answer answer) { this->answer(count() - 1, answer); }
  void fail_last(caf::error why) {
    data_->entries.back().promise.deliver(std::move(why));
  }

  /// Answers every question from now on at once.
  void always(Answer answer) { data_->always = std::move(answer); }

private:
  struct entry {
    Question what;
    caf::strong_actor_ptr asker;
    caf::typed_response_promise<Answer> promise;
  };
  struct data {
    std::vector<entry> entries;
    std::optional<Answer> always;
  };

  std::shared_ptr<data> data_ = std::make_shared<data>();
};

/// Any role that is played by a test.
struct probe_state {
  static inline const char* name = "test.probe";
};

/// Plays a permission pool.
class pool_probe : public questions<permission_check, decision> {
public:
  explicit pool_probe(unit& home)
      : handle_(home.spawn(behave, questions{*this})) {}

  [[nodiscard]] const permission_pool_actor& handle() const { return handle_; }

private:
  using pointer = pinned_pointer<permission_pool_actor, probe_state>;

  static permission_pool_actor::behavior_type behave(pointer self,
                                                     questions asked) {
    return {
        [=](const permission_check& check) mutable {
          return asked.add(self, check);
        },
        [](caf::get_atom) { return std::vector<caf::actor>{}; },
    };
  }

  permission_pool_actor handle_;
};

/// Plays a history keeper.
class history_probe : public questions<history_query, history_part> {
public:
  explicit history_probe(unit& home)
      : handle_(home.spawn(behave, questions{*this})) {}

  [[nodiscard]] const history_keeper_actor& handle() const { return handle_; }

private:
  using pointer = pinned_pointer<history_keeper_actor, probe_state>;

  static history_keeper_actor::behavior_type behave(pointer self,
                                                    questions asked) {
    return {
        [](const group_batch&) {},
        [=](const history_query& query) mutable {
          return asked.add(self, query);
        },
        [](const group_use&) {},
        [](const std::vector<caf::actor>&) {},
        [](expired_atom, std::uint64_t) {},
    };
  }

  history_keeper_actor handle_;
};

/// Plays an authenticator.
class authenticator_probe : public questions<credentials, authentication> {
public:
  explicit authenticator_probe(unit& home)
      : handle_(home.spawn(behave, questions{*this})) {}

  [[nodiscard]] const authenticator_actor& handle() const { return handle_; }

private:
  using pointer = pinned_pointer<authenticator_actor, probe_state>;

  static authenticator_actor::behavior_type behave(pointer self,
                                                   questions asked) {
    return {[=](const credentials& given) mutable {
      return asked.add(self, given);
    }};
  }

  authenticator_actor handle_;
};

/// Plays a router.
class router_probe : public questions<request_data, reply> {
public:
  explicit router_probe(unit& home)
      : handle_(home.spawn(behave, questions{*this}, opened_)) {}

  [[nodiscard]] const router_actor& handle() const { return handle_; }

  /// The connections that it was told of.
  [[nodiscard]] const std::vector<connection_opened>& opened() const {
    return *opened_;
  }

private:
  using pointer = pinned_pointer<router_actor, probe_state>;
  using opened_ptr = std::shared_ptr<std::vector<connection_opened>>;

  static router_actor::behavior_type behave(pointer self, questions asked,
                                            opened_ptr opened) {
    return {
        [=](const request_draft& message) mutable {
          return asked.add(self, *message);
        },
        [=](const connection_opened& who) { opened->push_back(who); },
        [=](run_atom, std::uint64_t,
            const permitted_request& permitted) mutable {
          return asked.add(self, permitted.what.data());
        },
        [](const std::vector<caf::actor>&) {},
        [](drain_atom) {},
    };
  }

  opened_ptr opened_ = std::make_shared<opened_ptr::element_type>();
  router_actor handle_;
};

/// Makes the routers of all units known to each other, as a server does.
inline void connect_routers(const std::vector<router_actor>& routers) {
  std::vector<caf::actor> all;
  for (const auto& each : routers)
    all.push_back(caf::actor_cast<caf::actor>(each));
  for (const auto& each : routers)
    caf::anon_send(each, all);
}

} // namespace stagedoor::test
