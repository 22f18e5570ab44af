#pragma once

#include "stagedoor/actors/description/action_result.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/scope.hpp"

#include "caf/actor.hpp"
#include "caf/typed_event_based_actor.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace stagedoor {

class context;
class notifier;

namespace detail {
/// Begins the coroutine of an action on the actor of a context.
outcome begin_task(const context& ctx, task<reply> work);
} // namespace detail

/// The services of a runner for the actions that it runs.
class runner_services {
public:
  virtual ~runner_services() = default;
  virtual runner_actor::pointer actor() = 0;
  virtual const group_hub_actor& groups() = 0;
  virtual const group_hub_actor& first_groups() = 0;
  virtual const stagedoor::notifier& notifier() = 0;
  virtual deferred defer() = 0;
  virtual outcome begin(std::uint64_t connection_id, task<reply> work) = 0;
  virtual void run_after(std::uint64_t connection_id,
                         std::chrono::milliseconds delay,
                         std::function<void()> callback) = 0;
  virtual const std::string& state_key() = 0;
  virtual void end_state() = 0;
};

/// What the coroutines of a handler await, beside each other and a `deferred`.
class coroutine_context {
public:
  /// Asks an actor when a coroutine awaits the result, and not before. The
  /// coroutine gets the answer: nothing if it is empty, and a tuple if it has
  /// several values. `await_error` is thrown if the answer is late, if the
  /// actor is gone, or if it answers with an error or with another type.
  /// @tparam Answer the type of the answer of a `caf::actor`, as in
  ///         `ask<int>(…)`.
  /// @param timeout rounded up to 10 ms; `action_timeout` bounds it.
  /// @param question at least one value that CAF can send.
  template <class... Answer, class Handle, class Rep, class Period,
            class... Parts>
  [[nodiscard]] auto ask(const Handle& receiver,
                         std::chrono::duration<Rep, Period> timeout,
                         Parts&&... question) const {
    return detail::make_awaited<typename detail::said_by<Answer...>::type>(
        receiver, detail::to_delay(timeout), std::forward<Parts>(question)...);
  }

  /// Runs `job` on one of the threads of blocking actions, for a coroutine: it
  /// awaits what the job returns or throws, and goes on where it was. The job
  /// keeps what it needs, and touches neither a context nor the state. A job
  /// that has begun runs to its end, whatever happens to the coroutine.
  /// Throws `await_error` if too many jobs wait, for which the client gets 503.
  /// @param job a variable, unless it captures plain values only.
  template <class F>
  [[nodiscard]] auto blocking(F&& job) const {
    using job_type = std::decay_t<F>;
    static_assert(detail::survives_await<F>,
                  "a job that captures more than plain values needs a name: "
                  "auto job = [...]{...}; co_await ctx.blocking(job)");
    static_assert(!detail::is_task<std::invoke_result_t<job_type&>>::value,
                  "a blocking job is no coroutine: it may wait where it is");
    return detail::blocking_job<job_type>(job_type(std::forward<F>(job)));
  }

  /// Lets a coroutine wait, at most some 10 ms too long on an idle server.
  template <class Rep, class Period>
  [[nodiscard]] auto sleep(std::chrono::duration<Rep, Period> delay) const {
    return detail::timed_pause{detail::to_delay(delay)};
  }
};

/// Gives the state of a handler what it needs for as long as it lives. It is
/// made with the state, and may be kept in it.
/// Thread rule: the handler's actor only.
class state_context : public coroutine_context {
public:
  explicit state_context(runner_services& services) : services_(&services) {}

  // Written out, so that a state that keeps one is not returned in registers:
  // what makes a state may then return it by value, and it is made in its
  // place, where it may give `this` to timers.
  // NOLINTBEGIN(modernize-use-equals-default,*-unhandled-self-assignment)
  state_context(const state_context& other)
      : coroutine_context(), services_(other.services_) {}
  state_context& operator=(const state_context& other) {
    services_ = other.services_;
    return *this;
  }
  // NOLINTEND(modernize-use-equals-default,*-unhandled-self-assignment)
  ~state_context() = default;

  /// The value of the capture that this state is for. It is empty unless the
  /// handler lives by key, see `lifetime::key`.
  [[nodiscard]] const std::string& key() const {
    return services_->state_key();
  }

  /// Tells clients something. It may be kept, and used from any thread.
  [[nodiscard]] const stagedoor::notifier& notifier() const {
    return services_->notifier();
  }

  /// Runs `callback` on the handler's actor after `delay`, at most some 10 ms
  /// late on an idle server, whichever clients are there. It does not run if
  /// the state ends first. It is no use of the state, see
  /// `key_bounds::unused_for`.
  /// @param callback returns nothing, or is a coroutine (`task<void>`), which
  ///        may run for `action_timeout`. What fails is logged, and the state
  ///        lives on: a callback that is to run again and again calls
  ///        `run_after` before anything of it can throw.
  template <class F>
  void run_after(std::chrono::milliseconds delay, F callback) const {
    constexpr std::uint64_t no_connection = 0;
    if constexpr (detail::is_task<std::invoke_result_t<F&>>::value)
      services_->run_after(
          no_connection, delay,
          [services = services_, callback = std::move(callback)] {
            services->begin(no_connection, detail::run_copy(callback));
          });
    else
      services_->run_after(no_connection, delay, std::move(callback));
  }

  /// Ends a state that lives by key, once the replies that it owes are given.
  /// Messages that come meanwhile wait for the next state of this key. It does
  /// nothing for other lifetimes.
  void end() const { services_->end_state(); }

  /// The actor that keeps the state, to ask other actors.
  [[nodiscard]] runner_actor::pointer self() const {
    return services_->actor();
  }

private:
  runner_services* services_;
};

/// Gives an action or a hook access to the client that is served and to the
/// actor that serves it. It is cheap to copy into callbacks of `run_after` and
/// of the actor's own requests, which do not outlive the actor.
/// Thread rule: the handler's actor only.
class context : public coroutine_context {
public:
  /// @param sequence that of the message; 0 if there is none.
  context(runner_services& services, scope_ptr scope, caf::actor connection,
          std::uint64_t sequence = 0)
      : services_(&services), scope_(std::move(scope)),
        connection_(std::move(connection)), sequence_(sequence) {}

  [[nodiscard]] const stagedoor::scope& scope() const { return *scope_; }
  [[nodiscard]] const stagedoor::user& user() const { return scope_->user; }

  /// Sends an event to this client. The event is dropped while the client's
  /// outbound queue is full.
  void push(event event) const;

  /// Sends an event to all members of a group on all nodes, also to this client
  /// if it is a member. The group's policy says what happens for members whose
  /// queue is full, see `endpoint::group`.
  void broadcast(std::string group, event event) const;

  /// Sends an event to all members of a group but this client's connection. The
  /// order is that of `broadcast`.
  void broadcast_to_others(std::string group, event event) const;

  /// Sends an event to all connections of a user on all nodes.
  void push_to_user(const json::value& user_id, event event) const;

  /// Makes this client join a group. The client is a member before its answer
  /// is sent, and leaves when its connection ends.
  /// @param group a name of at most `limits::group_name_bytes_max` bytes that
  ///        does not begin with `$`.
  /// @returns the value that the action has to return. It answers with `then`,
  ///          or with 400 if the name is not valid or the client is in
  ///          `limits::groups_max` groups.
  [[nodiscard]] deferred join(std::string group, reply then = ok()) const;

  /// Makes this client join a group and says something of it, which members see
  /// in lists and in the events of groups with presence. A client that is a
  /// member already stays one, and `meta` replaces what was said before.
  /// @param meta of at most `limits::member_meta_bytes_max` bytes as JSON, or
  ///        the client gets a 400; null says nothing any more.
  [[nodiscard]] deferred join(std::string group, const json::value& meta,
                              reply then = ok()) const;

  /// Replaces what was said of this client. It is no error if the client is not
  /// in the group; then nothing changes.
  /// @param meta as in `join`.
  [[nodiscard]] deferred update_meta(std::string group, const json::value& meta,
                                     reply then = ok()) const;

  /// Makes this client leave a group. It is no error if the client is not in
  /// it.
  [[nodiscard]] deferred leave(std::string group, reply then = ok()) const;

  /// Asks all nodes for the members of a group. The list says if it is
  /// incomplete.
  void members(std::string group,
               std::function<void(const member_list&)> then) const;

  /// Answers with the members of a group, see `to_json_object`.
  [[nodiscard]] deferred members(const std::string& group) const;

  /// The hub through which events keep their order that come from several
  /// units, or from threads that are none. It may be kept, and sent to from any
  /// thread.
  [[nodiscard]] const group_hub_actor& first_groups() const {
    return services_->first_groups();
  }

  /// Tells clients something from places that have no context. It may be kept.
  [[nodiscard]] const stagedoor::notifier& notifier() const {
    return services_->notifier();
  }

  /// Puts the answer off. The action has to return the result.
  [[nodiscard]] deferred defer() const { return services_->defer(); }

  /// Asks an actor, and goes on when it has answered, unless the connection
  /// has ended, `limits::action_timeout` has passed or the handler's actor has
  /// ended.
  ///
  /// If the last argument is a callback, the action has to return the result.
  /// The callback gets the answer, and returns what an action may return, also
  /// the result of another `ask`. The client gets 504 if the answer is late and
  /// 503 if the actor is gone. If the actor answers with an error or with
  /// another type, or if the callback throws, the client gets 500, and the log
  /// says why.
  ///
  /// Without a callback, a coroutine has to await the result, see
  /// `coroutine_context::ask`. Where the client would get a failure,
  /// `await_error` is thrown.
  template <class... Answer, class Handle, class Rep, class Period,
            class... Parts>
  [[nodiscard]] auto ask(const Handle& receiver,
                         std::chrono::duration<Rep, Period> timeout,
                         Parts&&... question) const {
    constexpr auto count = sizeof...(Parts);
    static_assert(count > 0,
                  "ask(actor, timeout, question...) needs a question");
    using last =
        std::decay_t<std::tuple_element_t<count - 1, std::tuple<Parts...>>>;
    if constexpr (detail::is_callback<last>)
      return ask_back<last>(
          receiver, detail::to_delay(timeout),
          std::make_index_sequence<count - 1>{},
          std::forward_as_tuple(std::forward<Parts>(question)...));
    else
      return coroutine_context::ask<Answer...>(
          receiver, timeout, std::forward<Parts>(question)...);
  }

  /// A question without a timeout, which does not compile.
  template <class... Answer, class Handle, class Part, class... Parts>
  requires(!detail::is_duration<std::decay_t<Part>>) auto ask(
      const Handle& /*receiver*/, Part&& /*question*/,
      Parts&&... /*question*/) const {
    static_assert(detail::is_duration<std::decay_t<Part>>,
                  "ask(actor, timeout, question...) needs a timeout");
    return ok();
  }

  /// Runs `callback` on the handler's actor after `delay`, at most some 10 ms
  /// late on an idle server. It does not run if the connection or the handler
  /// ends first.
  template <class F>
  void run_after(std::chrono::milliseconds delay, F callback) const {
    static_assert(!detail::is_task<std::invoke_result_t<F&>>::value,
                  "the callback of run_after is no coroutine, as nobody waits "
                  "for its end: it asks with a callback");
    services_->run_after(scope_->connection_id, delay, std::move(callback));
  }

  /// What belongs to the handler's state and not to this client.
  [[nodiscard]] state_context state() const {
    return state_context{*services_};
  }

  /// The connection's actor, a `connection_actor`. It accepts events for the
  /// client and orders to join and leave groups. The handle may be kept and
  /// given to other actors.
  [[nodiscard]] const caf::actor& connection() const { return connection_; }

  /// The actor that runs this action. Use it to ask other actors
  /// (`self()->request`), or to quit, which answers 500.
  [[nodiscard]] runner_actor::pointer self() const {
    return services_->actor();
  }

private:
  friend outcome detail::begin_task(const context& ctx, task<reply> work);

  [[nodiscard]] deferred begin(task<reply> work) const;

  /// Asks with all parts but the last, which is the callback.
  template <class Callback, class Handle, std::size_t... Is, class Parts>
  [[nodiscard]] callback_answer
  ask_back(const Handle& receiver, std::chrono::milliseconds timeout,
           std::index_sequence<Is...> /*of the question*/, Parts parts) const {
    using said = typename detail::signature<Callback>::bare_parameters;
    // Each part is moved once.
    // NOLINTBEGIN(bugprone-use-after-move)
    return callback_answer{begin(detail::ask_then(
        detail::make_question<said>(receiver, timeout,
                                    std::get<Is>(std::move(parts))...),
        Callback(std::get<sizeof...(Is)>(std::move(parts)))))};
    // NOLINTEND(bugprone-use-after-move)
  }

  /// @param order what to ask the connection for.
  template <class... Order>
  [[nodiscard]] deferred change_group(reply then, Order... order) const;

  runner_services* services_;
  scope_ptr scope_;
  caf::actor connection_;
  std::uint64_t sequence_;
};

} // namespace stagedoor
