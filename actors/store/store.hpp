#pragma once

#include "stagedoor/actors/description/context.hpp"
#include "stagedoor/actors/description/loader.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace spdlog {
class logger;
}

namespace stagedoor {

/// The value of a column or of a parameter: nothing is NULL, and text is UTF-8.
using sql_value =
    std::variant<std::monostate, std::int64_t, double, std::string>;
using sql_row = std::vector<sql_value>;
using sql_rows = std::vector<sql_row>;

/// A statement with the values that its text names `?1`, `?2`, and so on. No
/// value ever becomes a part of the text.
struct sql_text {
  std::string text;
  std::vector<sql_value> values = {};

  /// Appends a piece of SQL, which is a text of the program.
  sql_text& add(std::string_view piece) {
    text += piece;
    return *this;
  }

  /// Appends the name of a further value.
  sql_text& bind(sql_value value) {
    values.push_back(std::move(value));
    text += '?';
    text += std::to_string(values.size());
    return *this;
  }
};

/// The collation that orders texts by the decimal number that they are, such as
/// `9.50` before `10.00`. Sessions of SQLite know it.
inline constexpr const char* decimal_collation = "stagedoor_decimal";

/// What kept a statement from being carried out.
enum class sql_fault {
  /// A row with these values is there already.
  unique,
  /// The row that a value refers to is not there, or others refer to this row.
  reference,
  /// A CHECK of the table says no.
  check,
  /// A column that needs a value has none.
  not_null,
  /// A value does not fit the type of its column.
  wrong_type,
  /// Another process or thread held the database for too long.
  locked,
  /// The disk is full, or too many jobs wait.
  full,
  /// The deadline of the job has passed.
  late,
  /// The database cannot be reached or read.
  gone,
  /// The connection was lost while the job was being committed: nobody knows
  /// whether it was. Or it was committed, and threw afterwards.
  unknown,
  /// The statement is wrong, or the database is.
  other,
};

/// What a session throws. The text is for the log, and holds no values.
class sql_error : public std::runtime_error {
public:
  /// @param code what the database calls it: a number of SQLite's, such as
  ///        `2067`, or a SQLSTATE of PostgreSQL's, such as `23505`.
  /// @param constraint the name of the constraint that says no, which
  ///        PostgreSQL tells and SQLite does not.
  sql_error(sql_fault fault, const std::string& text, std::string code = {},
            std::string constraint = {})
      : std::runtime_error(text), fault_(fault), code_(std::move(code)),
        constraint_(std::move(constraint)) {}

  [[nodiscard]] sql_fault fault() const { return fault_; }
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] const std::string& constraint() const { return constraint_; }

private:
  sql_fault fault_;
  std::string code_;
  std::string constraint_;
};

/// The databases that a session can speak to.
enum class database_kind { sqlite, postgres };

/// What a job of an action throws to answer with something else than success.
/// Nothing of what it did is kept.
struct refused_job {
  reply answer;
};

class row_journal;
class row_listener;
class sql_session;

/// A row that a job is about to change, or has just added.
struct changing_row {
  std::string table;
  json::value key;
  /// Reads the row; null if it is not there.
  std::function<json::value(sql_session&)> read;
  /// What the row was, null if it was not there; nothing if it is to be read.
  std::optional<json::value> before = std::nullopt;
};

/// A connection to a database, for the time of one job.
/// Thread rule: the thread of the job.
class sql_session {
public:
  sql_session() = default;
  virtual ~sql_session() = default;

  sql_session(const sql_session&) = delete;
  sql_session& operator=(const sql_session&) = delete;

  [[nodiscard]] virtual database_kind kind() const = 0;

  /// Runs one statement, which is prepared once and kept. Values never become a
  /// part of its text.
  /// @param statement a text of the program, with `?1`, `?2` for the values.
  /// @returns the rows that it gives, all of them.
  /// @throws sql_error.
  sql_rows run(const std::string& statement,
               const std::vector<sql_value>& values = {}) {
    count_statement(false);
    return carry_out(statement, values);
  }

  /// Runs the last statement of a job, which is an INSERT of a row whose key
  /// nobody else knows yet. PostgreSQL commits with it in the same exchange. So
  /// what the job throws behind it undoes nothing there; the job then ends as
  /// `unknown`.
  /// @throws sql_error, as `run`, and as `unknown` if the connection was lost.
  ///         Any further statement of the job is an error.
  sql_rows run_last(const std::string& statement,
                    const std::vector<sql_value>& values = {}) {
    count_statement(true);
    return carry_out_last(statement, values);
  }

  /// What a store calls before each job.
  void begin_job() { has_run_last_ = false; }

  /// How many statements it has run.
  [[nodiscard]] std::uint64_t runs() const { return runs_; }

  /// How many rows the last INSERT, UPDATE or DELETE has changed.
  [[nodiscard]] virtual std::int64_t changed() const = 0;

  /// Notes a row that the job of an action changes, before the change. Those
  /// who have subscribed to the row are told when the job is committed, and
  /// only then. A row that is noted twice is told of once.
  void note(changing_row row);

  /// Says what a noted row has become. It is not read at the end of the job
  /// unless the job runs a further statement.
  /// @param after null if the row is not there any more.
  void note_became(std::string_view table, const json::value& key,
                   json::value after);

  /// Where the rows of the job are noted from now on; null: nowhere.
  void note_in(row_journal* journal) { journal_ = journal; }

private:
  virtual sql_rows carry_out(const std::string& statement,
                             const std::vector<sql_value>& values) = 0;
  virtual sql_rows carry_out_last(const std::string& statement,
                                  const std::vector<sql_value>& values) {
    return carry_out(statement, values);
  }
  void count_statement(bool is_last);

  row_journal* journal_ = nullptr;
  std::uint64_t runs_ = 0;
  bool has_run_last_ = false;
};

/// A statement that finds a row by a key, or a few, in next to no time: others
/// go along with it.
struct sql_look_up {
  sql_text statement;
  /// Takes what was found, on a thread of the store. May throw.
  std::function<void(const sql_rows&)> take;
};

/// A database with threads of its own, so that no unit ever waits for it. Jobs
/// that still wait when it is destroyed end with `sql_fault::gone`.
/// Thread rule: any thread.
class store {
public:
  using clock = std::chrono::steady_clock;
  /// May throw: then nothing of what it did is kept. It may run again if other
  /// writes have spoiled its transaction, so it does nothing but SQL and keeps
  /// only what its last run has found.
  using job = std::function<void(sql_session&)>;
  /// Hears once how a job has ended, on a thread of the store. Null: it is
  /// done, and what it wrote is on the disk. It must not throw.
  using ending = std::function<void(const std::exception_ptr&)>;

  virtual ~store() = default;

  /// Has a job read, beside others.
  virtual void read(clock::time_point deadline, job run, ending then) = 0;

  /// Looks something up. What several ask for while they wait goes to the
  /// database together.
  virtual void look_up(clock::time_point deadline, sql_look_up what,
                       ending then) = 0;

  /// Has a job read and write, in a transaction of its own.
  virtual void write(clock::time_point deadline, job run, ending then) = 0;

  /// The time that a job of an action may take.
  [[nodiscard]] virtual std::chrono::milliseconds job_timeout() const = 0;

  /// Where it tells of what went wrong.
  [[nodiscard]] virtual spdlog::logger& log() const = 0;

  [[nodiscard]] virtual database_kind kind() const = 0;

  /// Tells this database from all others, on all nodes that use it.
  [[nodiscard]] virtual const std::string& identity() const = 0;

  /// What tells of the changes of tables that others make, which PostgreSQL
  /// can; null: nothing does.
  [[nodiscard]] virtual row_listener* listener() const { return nullptr; }

  /// Answers an action with what `run` returns, or with the `refused_job` that
  /// it throws. If the database is locked for too long, full or gone, or the
  /// job late, the client gets 503; if nobody knows whether it was committed,
  /// 504; and 500 for any other error. The log tells of all of them.
  deferred read(const context& ctx, std::function<reply(sql_session&)> run);
  /// Behind the commit, it also tells of the rows that the job has noted, but
  /// for those of tables of which `listener` tells.
  deferred write(const context& ctx, std::function<reply(sql_session&)> run);

  /// Answers a loader with what `look` returns, or as above.
  template <class T>
  void find(const found_later<T>& found,
            std::function<std::optional<T>(sql_session&)> look) {
    auto object = std::make_shared<std::optional<T>>();
    read(
        clock::now() + job_timeout(),
        [object, look = std::move(look)](sql_session& sql) {
          *object = look(sql);
        },
        answering(found, object));
  }

  /// Answers a loader with what `read` makes of the rows of a look-up, or as
  /// above.
  template <class T>
  void look_up(const found_later<T>& found, sql_text statement,
               std::function<std::optional<T>(const sql_rows&)> read) {
    auto object = std::make_shared<std::optional<T>>();
    look_up(clock::now() + job_timeout(),
            {std::move(statement),
             [object, read = std::move(read)](const sql_rows& rows) {
               *object = read(rows);
             }},
            answering(found, object));
  }

  /// How often the log is told at most that a database is locked, full or gone,
  /// which are faults that many jobs have at once.
  static constexpr std::chrono::seconds notice_interval{1};

  /// What a client is told of the error of a job. The log is told as well.
  [[nodiscard]] reply answer_to(const std::exception_ptr& error) const;

private:
  template <class T>
  ending answering(const found_later<T>& found,
                   std::shared_ptr<std::optional<T>> object) {
    return [object = std::move(object), found,
            this](const std::exception_ptr& error) {
      if (error)
        found.refuse(answer_to(error));
      else
        found.answer(std::move(*object));
    };
  }

  [[nodiscard]] bool is_notice_due() const;

  mutable std::atomic<clock::time_point> next_notice_{clock::time_point::min()};
};

using store_ptr = std::shared_ptr<store>;

} // namespace stagedoor
