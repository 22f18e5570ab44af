#include "stagedoor/actors/store/postgres_store.hpp"

#include "stagedoor/actors/store/postgres_session.hpp"
#include "stagedoor/actors/store/row_listener.hpp"
#include "stagedoor/actors/store/threaded_store.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <libpq-fe.h>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

/// Whether the writes of others have spoiled a transaction.
bool is_spoiled(const sql_error& error) {
  return error.code() == "40001" || error.code() == "40P01";
}

/// Whether others can have changed the schema, for which a statement and the
/// types of its values were prepared, or which a job has looked at.
bool is_outdated(const sql_error& error) {
  const auto& code = error.code();
  return code.starts_with("42") || code.starts_with("22") || code == "0A000"
         || code == "26000";
}

/// Whether a job can have met a row that others have written or deleted since
/// it began, so that it could not know of it.
bool may_be_overtaken(const sql_error& error) {
  return error.fault() == sql_fault::unique
         || error.fault() == sql_fault::reference;
}

/// Jobs that have spoiled each other's transactions wait for a random time,
/// whose bound is twice as long each time, so that they do not meet again.
class random_pause {
public:
  /// @returns false if that would be after the deadline.
  bool wait_before(store::clock::time_point deadline) {
    thread_local std::minstd_rand next{std::random_device{}()};
    std::uniform_int_distribution<std::int64_t> any{0, bound_.count()};
    const std::chrono::microseconds pause{any(next)};
    bound_ = std::min(2 * bound_, longest);
    if (deadline - store::clock::now() <= pause)
      return false;
    std::this_thread::sleep_for(pause);
    return true;
  }

private:
  static constexpr std::chrono::microseconds longest{64'000};

  std::chrono::microseconds bound_{1000};
};

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "something that is no exception";
  }
}

/// @throws what the job throws, unless it is committed by then.
void run(postgres_session& sql, const waiting_job& job) {
  try {
    job.run(sql);
  } catch (...) {
    if (!sql.is_committed())
      throw;
    throw sql_error(sql_fault::unknown,
                    "a job threw behind its commit: "
                        + text_of(std::current_exception()));
  }
}

/// Runs a job until its transaction is at an end. It runs again as long as the
/// writes of others spoil its transaction, and once if others have changed the
/// schema or may have overtaken it, or the connection was lost before the
/// commit.
/// @param finish ends the transaction of a job that has done its work.
/// @param before_commit called right before each commit.
/// @returns why nothing of it was kept; null if it was.
std::exception_ptr carry_out(postgres_session& sql, const waiting_job& job,
                             const std::function<void()>& finish,
                             const std::function<void()>& before_commit = {}) {
  random_pause pause;
  auto ran_again = false;
  while (true) {
    auto is_connected = sql.is_connected();
    try {
      job.check_deadline();
      sql.begin(job.deadline, before_commit);
      is_connected = true;
      run(sql, job);
      finish();
      return nullptr;
    } catch (const sql_error& error) {
      sql.roll_back();
      if (is_spoiled(error) && pause.wait_before(job.deadline))
        continue;
      const auto is_lost = error.fault() == sql_fault::gone && is_connected;
      if (is_outdated(error))
        sql.forget_statements();
      else if (!is_lost && !may_be_overtaken(error))
        return std::current_exception();
      if (std::exchange(ran_again, true))
        return std::current_exception();
    } catch (...) {
      sql.roll_back();
      return std::current_exception();
    }
  }
}

/// Ends jobs in the order in which their commits began. A job that changes what
/// another one has written begins its commit behind that of the other, so those
/// who are told of a row hear of its changes in their order.
/// Thread rule: any thread.
class commit_order {
public:
  using ending = std::function<void()>;

  /// @returns the place of a commit that begins now.
  std::uint64_t take_place() {
    const std::lock_guard lock{mutex_};
    return places_++;
  }

  /// Has `end` called when the earlier places have ended.
  void end(std::uint64_t place, ending end) {
    std::unique_lock lock{mutex_};
    waiting_.emplace(place, std::move(end));
    // Whoever calls them takes this one as well.
    if (is_calling_)
      return;
    is_calling_ = true;
    while (!waiting_.empty() && waiting_.begin()->first == ended_) {
      auto next = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      lock.unlock();
      next();
      next = nullptr;
      lock.lock();
      ++ended_;
    }
    is_calling_ = false;
  }

private:
  std::mutex mutex_;
  std::uint64_t places_ = 0;
  std::uint64_t ended_ = 0;
  bool is_calling_ = false;
  std::map<std::uint64_t, ending> waiting_;
};

void write_one(postgres_session& sql, commit_order& order, waiting_job job) {
  std::optional<std::uint64_t> place;
  const auto error = carry_out(
      sql, job, [&] { sql.commit(); },
      [&] {
        if (place)
          order.end(*place, [] {});
        place = order.take_place();
      });
  if (place)
    order.end(*place,
              [job = std::move(job), error]() mutable { job.end(error); });
  else
    job.end(error);
}

/// Looks up together what can be.
/// @returns the rows of each job; nothing for one that has to run alone.
std::vector<std::optional<sql_rows>>
look_up(postgres_session& sql, const std::vector<waiting_job>& jobs) {
  std::vector<const sql_look_up*> wanted;
  auto deadline = store::clock::time_point::max();
  for (const auto& job : jobs) {
    if (!job.look_up)
      return std::vector<std::optional<sql_rows>>(jobs.size());
    wanted.push_back(job.look_up.get());
    deadline = std::min(deadline, job.deadline);
  }
  return sql.look_up(wanted, deadline);
}

/// Runs a job that reads, or several look-ups.
void read(postgres_session& sql, std::vector<waiting_job>& jobs) {
  const auto found = look_up(sql, jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::exception_ptr error;
    if (found[i])
      try {
        jobs[i].look_up->take(*found[i]);
      } catch (...) {
        error = std::current_exception();
      }
    else
      error = carry_out(sql, jobs[i], [&] { sql.roll_back(); });
    jobs[i].end(error);
  }
}

/// The database and the schema in which tables are looked for, of which another
/// server cannot have the same.
std::string identity_of(postgres_session& sql,
                        store::clock::time_point deadline) {
  sql.begin(deadline);
  const auto rows = sql.run(
      "SELECT system_identifier::text, "
      "(SELECT oid::text FROM pg_database WHERE datname = current_database()), "
      "coalesce(current_schema(), '') FROM pg_control_system()");
  sql.roll_back();
  std::string result = "postgres";
  for (const auto& part : rows.at(0))
    result.append(":").append(std::get<std::string>(part));
  return result;
}

store_ptr store_of(const postgres_options& options) {
  using access = postgres_session::access;
  const auto make = [&](access allowed) {
    return std::make_shared<postgres_session>(options.connection, allowed,
                                              options.job_timeout);
  };
  const auto first = make(access::write);
  auto identity =
      identity_of(*first, store::clock::now() + options.job_timeout);
  const auto order = std::make_shared<commit_order>();
  std::vector<threaded_store::work> writers;
  for (std::size_t i = 0; i < options.writers; ++i)
    writers.emplace_back([order, sql = i == 0 ? first : make(access::write)](
                             std::vector<waiting_job>& jobs) {
      for (auto& job : jobs)
        write_one(*sql, *order, std::move(job));
    });
  std::vector<threaded_store::work> readers;
  for (std::size_t i = 0; i < options.readers; ++i)
    readers.emplace_back(
        [sql = make(access::read)](std::vector<waiting_job>& jobs) {
          read(*sql, jobs);
        });
  const auto log =
      options.log ? options.log : in_background(spdlog::default_logger());
  auto listener = std::make_unique<row_listener>(
      row_listener::setup{options.connection, identity, log});
  return std::make_shared<threaded_store>(threaded_store::setup{
      database_kind::postgres, options.job_timeout, log, std::move(identity),
      options.waiting_max, threaded_store::crew{std::move(readers)},
      threaded_store::crew{std::move(writers)}, std::move(listener)});
}

/// libpq's own error would show the string, and a password in it.
bool is_connection_string(const std::string& text) {
  auto* parts = PQconninfoParse(text.c_str(), nullptr);
  PQconninfoFree(parts);
  return parts != nullptr;
}

} // namespace

caf::expected<store_ptr> open_postgres(const postgres_options& options) {
  const auto wrong = [](const std::string& text) {
    return invalid_option("database: PostgreSQL: " + text);
  };
  if (options.readers == 0 || options.writers == 0 || options.waiting_max == 0)
    return wrong("readers, writers and waiting_max are over 0");
  if (!is_connection_string(options.connection))
    return wrong("this is no connection string");
  try {
    return store_of(options);
  } catch (const std::exception& error) {
    return wrong(error.what());
  }
}

} // namespace stagedoor
