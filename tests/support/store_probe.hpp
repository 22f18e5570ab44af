#pragma once

#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/store/store.hpp>

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <utility>

namespace stagedoor::test {

/// How a job has ended.
class job_ending {
public:
  job_ending() : result_(promise_->get_future()) {}

  /// What the job is given.
  [[nodiscard]] store::ending ending() const {
    return [promise = promise_](const std::exception_ptr& error) {
      promise->set_value(error);
    };
  }

  /// Waits for the end.
  /// @returns what went wrong; nothing if nothing did.
  std::optional<sql_fault> wait() {
    using namespace std::chrono_literals;
    BOOST_REQUIRE((result_.wait_for(30s) == std::future_status::ready));
    const auto error = result_.get();
    if (!error)
      return std::nullopt;
    try {
      std::rethrow_exception(error);
    } catch (const sql_error& fault) {
      text_ = fault.what();
      return fault.fault();
    } catch (const std::exception& other) {
      text_ = other.what();
      return sql_fault::other;
    }
  }

  /// The text of what went wrong.
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  std::shared_ptr<std::promise<std::exception_ptr>> promise_ =
      std::make_shared<std::promise<std::exception_ptr>>();
  std::future<std::exception_ptr> result_;
  std::string text_;
};

/// A job that runs until it is let go.
class held_job {
public:
  /// The job. It may run once.
  [[nodiscard]] store::job job() const {
    return [state = state_](sql_session&) {
      state->begun.set_value();
      state->end.get_future().wait();
    };
  }

  void wait_begun() const { state_->begun.get_future().wait(); }
  void let_go() const { state_->end.set_value(); }

private:
  struct state {
    std::promise<void> begun;
    std::promise<void> end;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

} // namespace stagedoor::test
