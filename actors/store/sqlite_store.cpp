#include "stagedoor/actors/store/sqlite_store.hpp"

#include "stagedoor/actors/store/job_queue.hpp"
#include "stagedoor/actors/store/sqlite_session.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/actors/units/blocked_signals.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace stagedoor {

namespace {

/// Runs jobs that write, several in one transaction of SQLite's.
class group_writer {
public:
  explicit group_writer(sqlite_session& session) : sql_(session) {}

  void write(std::vector<waiting_job>& group) {
    if (group.size() > 1 && write_together(group))
      return;
    for (auto& job : group)
      job.end(write_alone(job));
  }

private:
  /// @returns false if nothing of it was kept, and each has to be run alone.
  bool write_together(std::vector<waiting_job>& group) {
    std::vector<std::exception_ptr> errors;
    try {
      const auto first_due = std::min_element(
          group.begin(), group.end(),
          [](const auto& x, const auto& y) { return x.deadline < y.deadline; });
      begin(first_due->deadline);
      for (auto& job : group) {
        errors.push_back(write_one(job));
        if (!sql_.is_in_transaction())
          return false;
      }
      commit();
    } catch (const sql_error&) {
      // One of them may be to blame, and hears it then.
      roll_back();
      return false;
    }
    for (std::size_t i = 0; i < group.size(); ++i)
      group[i].end(errors[i]);
    return true;
  }

  /// Runs one of several.
  std::exception_ptr write_one(const waiting_job& job) {
    sql_.command("SAVEPOINT job");
    std::exception_ptr result;
    try {
      job.check_deadline();
      sql_.set_deadline(job.deadline);
      job.run(sql_);
    } catch (...) {
      result = std::current_exception();
    }
    sql_.set_deadline(store::clock::time_point::max());
    if (!sql_.is_in_transaction())
      return result;
    if (result)
      sql_.command("ROLLBACK TO job");
    sql_.command("RELEASE job");
    return result;
  }

  std::exception_ptr write_alone(const waiting_job& job) {
    try {
      job.check_deadline();
      begin(job.deadline);
      job.run(sql_);
      commit();
      return nullptr;
    } catch (...) {
      roll_back();
      return std::current_exception();
    }
  }

  void begin(store::clock::time_point deadline) {
    sql_.set_deadline(deadline);
    sql_.command("BEGIN IMMEDIATE");
  }

  void commit() {
    sql_.set_deadline(store::clock::time_point::max());
    sql_.command("COMMIT");
  }

  void roll_back() {
    sql_.set_deadline(store::clock::time_point::max());
    if (sql_.is_in_transaction())
      sql_.command("ROLLBACK");
  }

  sqlite_session& sql_;
};

std::exception_ptr read_one(sqlite_session& sql, const waiting_job& job) {
  std::exception_ptr result;
  try {
    job.check_deadline();
    sql.set_deadline(job.deadline);
    // All that the job reads is of one moment.
    sql.command("BEGIN");
    job.run(sql);
  } catch (...) {
    result = std::current_exception();
  }
  sql.set_deadline(store::clock::time_point::max());
  if (sql.is_in_transaction())
    sql.command("ROLLBACK");
  return result;
}

/// The file, whatever its path is: also for other processes of this machine.
std::string identity_of(const std::filesystem::path& file) {
  struct stat found = {};
  if (stat(file.c_str(), &found) != 0)
    return "sqlite:" + file.string();
  std::array<char, 256> machine{};
  gethostname(machine.data(), machine.size() - 1);
  return std::string("sqlite:") + machine.data() + ':'
         + std::to_string(found.st_dev) + ':' + std::to_string(found.st_ino);
}

/// The jobs that wait. The threads hold it too, so that the store may be gone.
struct waiting_jobs {
  explicit waiting_jobs(std::size_t waiting_max)
      : reads(waiting_max), writes(waiting_max) {}

  job_queue reads;
  job_queue writes;
};

class sqlite_store final : public store {
public:
  explicit sqlite_store(const sqlite_options& options)
      : job_timeout_(options.job_timeout),
        log_(options.log ? options.log
                         : in_background(spdlog::default_logger())),
        waiting_(std::make_shared<waiting_jobs>(options.waiting_max)) {
    // The first one makes the file. All are there before any thread is.
    auto writer = std::make_unique<sqlite_session>(
        options, sqlite_session::access::write);
    identity_ = identity_of(options.path);
    std::vector<std::unique_ptr<sqlite_session>> readers;
    for (std::size_t i = 0; i < options.readers; ++i)
      readers.push_back(std::make_unique<sqlite_session>(
          options, sqlite_session::access::read));
    const blocked_signals blocked;
    threads_.emplace_back([waiting = waiting_, group_max = options.group_max,
                           sql = std::move(writer)] {
      while (true) {
        auto jobs = waiting->writes.take(group_max);
        if (jobs.empty())
          return;
        group_writer{*sql}.write(jobs);
      }
    });
    for (auto& reader : readers)
      threads_.emplace_back([waiting = waiting_, sql = std::move(reader)] {
        while (true) {
          auto jobs = waiting->reads.take(1);
          if (jobs.empty())
            return;
          jobs.front().end(read_one(*sql, jobs.front()));
        }
      });
  }

  ~sqlite_store() override {
    waiting_->reads.close();
    waiting_->writes.close();
    for (auto& thread : threads_)
      // A job that has held the last pointer to the store lets go of it here.
      if (thread.get_id() == std::this_thread::get_id())
        thread.detach();
      else
        thread.join();
  }

  using store::read;
  using store::write;

  void read(clock::time_point deadline, job run, ending then) override {
    waiting_->reads.add({deadline, std::move(run), std::move(then)});
  }

  void write(clock::time_point deadline, job run, ending then) override {
    waiting_->writes.add({deadline, std::move(run), std::move(then)});
  }

  [[nodiscard]] std::chrono::milliseconds job_timeout() const override {
    return job_timeout_;
  }

  [[nodiscard]] spdlog::logger& log() const override { return *log_; }

  [[nodiscard]] const std::string& identity() const override {
    return identity_;
  }

private:
  const std::chrono::milliseconds job_timeout_;
  const std::shared_ptr<spdlog::logger> log_;
  std::string identity_;
  std::shared_ptr<waiting_jobs> waiting_;
  std::vector<std::thread> threads_;
};

} // namespace

caf::expected<store_ptr> open_sqlite(const sqlite_options& options) {
  const auto wrong = [&](const std::string& text) {
    return make_error(errc::invalid_option,
                      "database: " + options.path.string() + ": " + text);
  };
  if (options.readers == 0 || options.waiting_max == 0
      || options.group_max == 0)
    return wrong("readers, waiting_max and group_max are over 0");
  try {
    return store_ptr{std::make_shared<sqlite_store>(options)};
  } catch (const std::exception& error) {
    return wrong(error.what());
  }
}

} // namespace stagedoor
