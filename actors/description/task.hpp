#pragma once

#include "stagedoor/actors/description/deferred.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_addr.hpp"
#include "caf/error.hpp"
#include "caf/message_id.hpp"
#include "caf/typed_event_based_actor.hpp"

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace stagedoor {

/// What `co_await` throws if there is no answer. Left alone, it answers the
/// client: 504 for `errc::timed_out`, 503 for `errc::unavailable`, and 500 with
/// a line in the log for `errc::server_error`.
class await_error : public std::runtime_error {
public:
  await_error(errc code, const std::string& text, caf::error reason = {})
      : std::runtime_error(text), code_(code), reason_(std::move(reason)) {}

  /// `errc::timed_out`: the answer is late. `errc::unavailable`: the actor is
  /// gone, or too many jobs wait for a worker thread. `errc::server_error`: the
  /// actor answered with an error, or with another type than was expected.
  [[nodiscard]] errc code() const { return code_; }

  /// The error that the actor has answered with, such as one of the
  /// application, or that CAF gives in its place. It is `caf::none` if no actor
  /// was asked.
  [[nodiscard]] const caf::error& reason() const { return reason_; }

private:
  errc code_;
  caf::error reason_;
};

/// A coroutine that runs, as whatever it awaits sees it. The runner implements
/// it, and destroys the coroutine if its connection ends, its deadline passes
/// or the runner ends. Thread rule: the runner's actor only.
class task_site {
public:
  /// The coroutines of one runner, by their numbers.
  class table {
  public:
    virtual ~table() = default;
    /// @returns null if the coroutine has ended.
    virtual task_site* find_task(std::uint64_t id) = 0;
    /// The exception for an error that an actor has answered with.
    virtual await_error make_await_error(const caf::error& reason) = 0;
  };

  virtual ~task_site() = default;

  [[nodiscard]] virtual std::uint64_t id() const = 0;
  virtual table& tasks() = 0;
  virtual runner_actor::pointer actor() = 0;

  // Each of these suspends the coroutine at `at`, where `resume` goes on.

  /// Resumes after a delay.
  virtual void await_time(std::coroutine_handle<> at,
                          std::chrono::milliseconds delay) = 0;

  /// Has the request fail if its receiver ends, or after the timeout.
  virtual void await_answer(std::coroutine_handle<> at, caf::message_id asked,
                            const caf::actor_addr& receiver,
                            std::chrono::milliseconds timeout) = 0;

  /// Resumes when a worker thread has run a job, which must not throw.
  /// @returns false if too many jobs are waiting, and does not suspend then.
  virtual bool await_job(std::coroutine_handle<> at,
                         std::function<void()> job) = 0;

  /// Resumes when a reply that was put off has been given, with it in `place`.
  virtual void await_reply(std::coroutine_handle<> at,
                           std::uint64_t deferred_id, reply& place) = 0;

  virtual void resume() = 0;
};

template <class T = reply>
class task;

namespace detail {

template <class T>
struct is_task : std::false_type {};
template <class T>
struct is_task<task<T>> : std::true_type {};

/// Whether an argument may be built inside of an awaited expression. GCC 12
/// copies the bytes of lambdas and aggregates that are, and destroys both.
/// @tparam T as deduced by a forwarding reference.
template <class T>
inline constexpr bool survives_await =
    std::is_lvalue_reference_v<T> || std::is_trivially_copyable_v<T>;

/// Whether a coroutine may await it.
template <class T>
concept awaited_by_task = requires {
  typename T::awaited_by_task;
};

/// Gives the reply that was put off.
class deferred_awaiter {
public:
  explicit deferred_awaiter(std::uint64_t id) : id_(id) {}

  [[nodiscard]] static bool await_ready() noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> at) {
    at.promise().site->await_reply(at, id_, reply_);
  }
  reply await_resume() { return std::move(reply_); }

private:
  std::uint64_t id_;
  reply reply_;
};

class task_promise_base {
public:
  /// Goes on with the coroutine that awaits this one.
  struct final_step {
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    static std::coroutine_handle<>
    await_suspend(std::coroutine_handle<Promise> at) noexcept {
      auto next = at.promise().awaiting;
      return next ? next : std::noop_coroutine();
    }
    static void await_resume() noexcept {}
  };

  static std::suspend_always initial_suspend() noexcept { return {}; }
  static final_step final_suspend() noexcept { return {}; }
  void unhandled_exception() { thrown = std::current_exception(); }

  template <class Awaited>
  static auto await_transform(Awaited&& x) {
    static_assert(!std::is_lvalue_reference_v<Awaited>,
                  "what a coroutine awaits is used up: co_await std::move(x)");
    static_assert(
        !std::is_same_v<std::remove_cvref_t<Awaited>, callback_answer>,
        "a coroutine asks without a callback: co_await ctx.ask(...)");
    if constexpr (std::is_base_of_v<deferred, Awaited>) {
      // Were the last copy kept here, nobody could forget it.
      const deferred taken = std::forward<Awaited>(x);
      return deferred_awaiter{taken.id()};
    } else if constexpr (is_task<Awaited>::value) {
      return typename Awaited::awaiter{std::forward<Awaited>(x)};
    } else {
      static_assert(awaited_by_task<std::remove_cvref_t<Awaited>>,
                    "a coroutine awaits ctx.ask(...), ctx.blocking(...), "
                    "ctx.sleep(...), a deferred or a task");
      return std::remove_cvref_t<Awaited>(std::forward<Awaited>(x));
    }
  }

  /// Null until it begins.
  task_site* site = nullptr;
  /// Null for the outermost coroutine.
  std::coroutine_handle<> awaiting;
  std::exception_ptr thrown;
};

template <class T>
class task_promise : public task_promise_base {
public:
  task<T> get_return_object();
  template <class U>
  requires std::is_convertible_v<U, T>
  void return_value(U&& x) { value_.emplace(std::forward<U>(x)); }
  void return_value(T&& x) { value_.emplace(std::move(x)); }

  T result() {
    if (thrown)
      std::rethrow_exception(thrown);
    return std::move(*value_);
  }

private:
  std::optional<T> value_;
};

template <>
class task_promise<void> : public task_promise_base {
public:
  task<void> get_return_object();
  static void return_void() {}

  void result() const {
    if (thrown)
      std::rethrow_exception(thrown);
  }
};

} // namespace detail

/// A coroutine that runs on an actor of a handler. An action may be one, and
/// may split its work into others that it awaits. It does not begin before
/// somebody awaits it or the action returns it. It awaits what
/// `context::ask`, `context::blocking`, `context::sleep` and the functions that
/// return a `deferred` give, and other tasks.
///
/// Whatever it throws reaches the coroutine that awaits it, or the runner,
/// which answers as for any other action. The object owns the coroutine:
/// destroyed early, it destroys what the coroutine holds where it stands.
/// Thread rule: the handler's actor only.
/// @tparam T what it gives. For an action `reply`, something JSON, or void.
template <class T>
class [[nodiscard]] task {
public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;
  using handle_type = std::coroutine_handle<promise_type>;

  explicit task(handle_type handle) : handle_(handle) {}
  task(task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  task& operator=(task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~task() {
    if (handle_)
      handle_.destroy();
  }

  task(const task&) = delete;
  task& operator=(const task&) = delete;

  /// For the coroutine that awaits it, which it tells its place.
  class awaiter {
  public:
    explicit awaiter(task awaited) : awaited_(std::move(awaited)) {}

    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<>
    await_suspend(std::coroutine_handle<Promise> at) noexcept {
      auto& promise = awaited_.handle_.promise();
      promise.site = at.promise().site;
      promise.awaiting = at;
      return awaited_.handle_;
    }
    T await_resume() { return awaited_.result(); }

  private:
    task awaited_;
  };

  /// For the runner: begins, until it suspends for the first time or is done.
  void begin(task_site& site) {
    handle_.promise().site = &site;
    handle_.resume();
  }

  [[nodiscard]] bool done() const { return handle_.done(); }

  /// What it gives, when it is done. Throws what it has thrown.
  T result() { return handle_.promise().result(); }

private:
  handle_type handle_;
};

template <class T>
task<T> detail::task_promise<T>::get_return_object() {
  return task<T>{task<T>::handle_type::from_promise(*this)};
}

inline task<void> detail::task_promise<void>::get_return_object() {
  return task<void>{task<void>::handle_type::from_promise(*this)};
}

} // namespace stagedoor
