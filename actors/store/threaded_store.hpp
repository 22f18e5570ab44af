#pragma once

#include "stagedoor/actors/store/job_queue.hpp"
#include "stagedoor/actors/store/row_listener.hpp"
#include "stagedoor/actors/store/store.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace stagedoor {

/// A store whose threads take jobs from two queues, one of jobs that read and
/// one of jobs that write.
class threaded_store final : public store {
public:
  /// Carries out some jobs, and ends each.
  using work = std::function<void(std::vector<waiting_job>&)>;

  /// A number of threads that do the same.
  struct crew {
    /// For each thread, what it does with the jobs that it takes.
    std::vector<work> threads;
    /// How many jobs a thread takes at once.
    std::size_t jobs_max = 1;
  };

  struct setup {
    database_kind kind;
    std::chrono::milliseconds job_timeout;
    /// Null: spdlog's default logger, whose lines then wait for no reader.
    std::shared_ptr<spdlog::logger> log;
    std::string identity;
    /// Jobs that wait in each queue.
    std::size_t waiting_max;
    crew readers;
    crew writers;
    /// See `store::listener`.
    std::unique_ptr<row_listener> listener = nullptr;
  };

  explicit threaded_store(setup parts);
  ~threaded_store() override;

  using store::look_up;
  using store::read;
  using store::write;

  void read(clock::time_point deadline, job run, ending then) override;
  void look_up(clock::time_point deadline, sql_look_up what,
               ending then) override;
  void write(clock::time_point deadline, job run, ending then) override;

  [[nodiscard]] std::chrono::milliseconds job_timeout() const override {
    return job_timeout_;
  }
  [[nodiscard]] spdlog::logger& log() const override { return *log_; }
  [[nodiscard]] database_kind kind() const override { return kind_; }
  [[nodiscard]] const std::string& identity() const override {
    return identity_;
  }
  [[nodiscard]] row_listener* listener() const override {
    return listener_.get();
  }

private:
  /// The jobs that wait. The threads hold it too, so that the store may be
  /// gone.
  struct queues {
    explicit queues(std::size_t waiting_max)
        : reads(waiting_max), writes(waiting_max) {}

    job_queue reads;
    job_queue writes;
  };

  void start(crew hands, job_queue queues::*source);

  const database_kind kind_;
  const std::chrono::milliseconds job_timeout_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::string identity_;
  const std::shared_ptr<queues> waiting_;
  const std::unique_ptr<row_listener> listener_;
  std::vector<std::thread> threads_;
};

} // namespace stagedoor
