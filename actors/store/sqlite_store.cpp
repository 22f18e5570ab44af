#include "stagedoor/actors/store/sqlite_store.hpp"

#include "stagedoor/actors/store/sqlite_session.hpp"
#include "stagedoor/actors/store/threaded_store.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <sys/stat.h>

#include <unistd.h>

#include <algorithm>
#include <array>
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
      sql_.begin_job();
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
      sql_.begin_job();
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

/// Runs a job that reads, or several look-ups.
void read(sqlite_session& sql, std::vector<waiting_job>& jobs) {
  // All that a job reads is of one moment. One statement sees no other.
  const auto is_one_statement = jobs.size() == 1 && jobs.front().look_up;
  std::vector<std::exception_ptr> errors(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i)
    try {
      jobs[i].check_deadline();
      sql.set_deadline(jobs[i].deadline);
      if (!is_one_statement && !sql.is_in_transaction())
        sql.command("BEGIN");
      sql.begin_job();
      jobs[i].run(sql);
    } catch (...) {
      errors[i] = std::current_exception();
    }
  sql.set_deadline(store::clock::time_point::max());
  if (sql.is_in_transaction())
    sql.command("ROLLBACK");
  for (std::size_t i = 0; i < jobs.size(); ++i)
    jobs[i].end(errors[i]);
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

store_ptr store_of(const sqlite_options& options) {
  // The first one makes the file. All are there before any thread is.
  const auto writer =
      std::make_shared<sqlite_session>(options, sqlite_session::access::write);
  std::vector<threaded_store::work> readers;
  for (std::size_t i = 0; i < options.readers; ++i)
    readers.emplace_back(
        [sql = std::make_shared<sqlite_session>(options,
                                                sqlite_session::access::read)](
            std::vector<waiting_job>& jobs) { read(*sql, jobs); });
  return std::make_shared<threaded_store>(threaded_store::setup{
      database_kind::sqlite, options.job_timeout, options.log,
      identity_of(options.path), options.waiting_max,
      threaded_store::crew{std::move(readers)},
      threaded_store::crew{{[writer](std::vector<waiting_job>& group) {
                             group_writer{*writer}.write(group);
                           }},
                           options.group_max}});
}

} // namespace

caf::expected<store_ptr> open_sqlite(const sqlite_options& options) {
  const auto wrong = [&](const std::string& text) {
    return invalid_option("database: " + options.path.string() + ": " + text);
  };
  if (options.readers == 0 || options.waiting_max == 0
      || options.group_max == 0)
    return wrong("readers, waiting_max and group_max are over 0");
  try {
    return store_of(options);
  } catch (const std::exception& error) {
    return wrong(error.what());
  }
}

} // namespace stagedoor
