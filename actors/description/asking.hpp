#pragma once

#include "stagedoor/actors/caf_api/questions.hpp"
#include "stagedoor/actors/description/task.hpp"

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace stagedoor::detail {

/// What a coroutine gets of an answer: nothing, the value, or a tuple of them.
template <class Answer>
struct answer_of;
template <>
struct answer_of<std::tuple<>> {
  using type = void;
};
template <class T>
struct answer_of<std::tuple<T>> {
  using type = T;
};
template <class T, class U, class... Ts>
struct answer_of<std::tuple<T, U, Ts...>> {
  using type = std::tuple<T, U, Ts...>;
};

/// A delay as deadlines take it: rounded up, at least 0, at most a day, which
/// is longer than any action runs.
template <class Rep, class Period>
std::chrono::milliseconds to_delay(std::chrono::duration<Rep, Period> delay) {
  using std::chrono::milliseconds;
  constexpr milliseconds most = std::chrono::hours{24};
  // As a number that cannot overflow; what is none is the most.
  const auto wanted = std::chrono::duration<double, std::milli>(delay).count();
  if (!(wanted < static_cast<double>(most.count())))
    return most;
  return std::chrono::ceil<milliseconds>(
      std::max(delay, std::chrono::duration<Rep, Period>::zero()));
}

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

/// A question to an actor, which is sent when a coroutine awaits it.
/// @tparam Answer the types of the answer, as a tuple.
template <class Handle, class Answer, class... Parts>
class [[nodiscard]] question {
public:
  using awaited_by_task = void;
  using answer_type = Answer;

  question(Handle receiver, std::chrono::milliseconds timeout, Parts... parts)
      : receiver_(std::move(receiver)), timeout_(timeout),
        parts_(std::move(parts)...) {}

  [[nodiscard]] bool await_ready() {
    if (!receiver_)
      failure_.emplace(errc::server_error,
                       "the handle of the actor that is asked is empty");
    return failure_.has_value();
  }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> at) {
    send(at, *at.promise().site, static_cast<Answer*>(nullptr));
  }

  typename answer_of<Answer>::type await_resume() {
    if (failure_)
      throw await_error(*failure_);
    if constexpr (std::tuple_size_v<Answer> == 1)
      return std::get<0>(std::move(*answer_));
    else if constexpr (std::tuple_size_v<Answer> > 1)
      return std::move(*answer_);
  }

private:
  /// CAF calls one of the two callbacks, once. They find no coroutine if it has
  /// been destroyed, and this object with it.
  template <class... Ts>
  void send(std::coroutine_handle<> at, task_site& site, std::tuple<Ts...>*) {
    auto* tasks = &site.tasks();
    const auto id = site.id();
    auto request = std::apply(
        [&](auto&... parts) {
          return site.actor()->request(receiver_, caf::infinite,
                                       std::move(parts)...);
        },
        parts_);
    site.await_answer(at, caf_api::id_of(request),
                      caf::actor_cast<caf::actor_addr>(receiver_), timeout_);
    std::move(request).then(
        [this, tasks, id](Ts&... answer) {
          if (auto* waiting = tasks->find_task(id)) {
            answer_.emplace(std::move(answer)...);
            waiting->resume();
          }
        },
        [this, tasks, id](const caf::error& reason) {
          if (auto* waiting = tasks->find_task(id)) {
            failure_ = tasks->make_await_error(reason);
            waiting->resume();
          }
        });
  }

  Handle receiver_;
  std::chrono::milliseconds timeout_;
  std::tuple<Parts...> parts_;
  std::optional<Answer> answer_;
  std::optional<await_error> failure_;
};

/// A job for a worker thread, which is queued when a coroutine awaits it.
template <class F>
class [[nodiscard]] blocking_job {
public:
  using awaited_by_task = void;
  using result_type = std::invoke_result_t<F&>;

  explicit blocking_job(F f)
      : shared_(std::make_shared<shared>(std::move(f))) {}

  [[nodiscard]] static bool await_ready() noexcept { return false; }

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> at) {
    is_taken_ =
        at.promise().site->await_job(at, [job = shared_] { job->run(); });
    return is_taken_;
  }

  result_type await_resume() {
    if (!is_taken_)
      throw await_error(errc::unavailable,
                        "too many jobs wait for a worker thread");
    if (shared_->thrown)
      std::rethrow_exception(shared_->thrown);
    if constexpr (!std::is_void_v<result_type>)
      return std::move(*shared_->result);
  }

private:
  using kept_type =
      std::conditional_t<std::is_void_v<result_type>, bool, result_type>;

  /// What the thread and the coroutine share: either may end first.
  struct shared {
    explicit shared(F&& f) : work(std::move(f)) {}

    void run() noexcept {
      try {
        if constexpr (std::is_void_v<result_type>)
          work();
        else
          result.emplace(work());
      } catch (...) {
        thrown = std::current_exception();
      }
    }

    F work;
    std::optional<kept_type> result;
    std::exception_ptr thrown;
  };

  std::shared_ptr<shared> shared_;
  bool is_taken_ = false;
};

/// A pause of a coroutine.
class [[nodiscard]] timed_pause {
public:
  using awaited_by_task = void;

  explicit timed_pause(std::chrono::milliseconds delay) : delay_(delay) {}

  [[nodiscard]] bool await_ready() const noexcept {
    return delay_.count() == 0;
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> at) const {
    at.promise().site->await_time(at, delay_);
  }
  static void await_resume() noexcept {}

private:
  std::chrono::milliseconds delay_;
};

} // namespace stagedoor::detail
