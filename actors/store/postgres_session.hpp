#pragma once

#include "stagedoor/actors/store/kept_statements.hpp"
#include "stagedoor/actors/store/postgres_handles.hpp"
#include "stagedoor/actors/store/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// One connection to a PostgreSQL server, which is made when it is needed.
/// What can be is sent together: `begin` goes with the first statement, and
/// nobody waits for a `ROLLBACK`.
/// Thread rule: one owner at a time.
class postgres_session final : public sql_session {
public:
  enum class access { read, write };

  /// How much longer than the deadline it waits for the server, which keeps the
  /// deadline too. Then the connection is given up.
  static constexpr std::chrono::milliseconds grace{200};

  /// @param allowed what its transactions do.
  /// @param job_timeout the time that most jobs have.
  postgres_session(std::string connection, access allowed,
                   std::chrono::milliseconds job_timeout);

  [[nodiscard]] database_kind kind() const override {
    return database_kind::postgres;
  }

  [[nodiscard]] std::int64_t changed() const override { return changed_; }

  [[nodiscard]] bool is_connected() const { return connection_ != nullptr; }

  /// Begins the transaction of a job, in which all is of one moment. Connects
  /// if it is not connected. What the transaction has to wait for ends with
  /// `late` at the deadline.
  /// @param before_commit called right before the commit begins.
  /// @throws sql_error if it cannot connect.
  void begin(store::clock::time_point deadline,
             std::function<void()> before_commit = {});

  /// Commits, unless the job did so with its last statement.
  /// @throws sql_error: as `unknown`, nobody knows what became of it; otherwise
  ///         nothing was kept.
  void commit();

  /// Whether the transaction that was begun last is committed.
  [[nodiscard]] bool is_committed() const { return stage_ == stage::committed; }

  /// Looks things up, each of one moment, which are asked for together.
  /// @returns the rows of each; nothing for those of which the database, or the
  ///          session, wants to know more: run them as jobs.
  std::vector<std::optional<sql_rows>>
  look_up(const std::vector<const sql_look_up*>& wanted,
          store::clock::time_point deadline);

  /// Ends a transaction, if one is under way, so that nothing of it is kept.
  void roll_back();

  /// Forgets what is prepared, since the schema has changed.
  void forget_statements();

private:
  enum class stage {
    /// No transaction is under way.
    idle,
    /// It has begun here, and the server knows nothing of it.
    begun,
    /// The server knows of it.
    open,
    /// It was under way, and is kept.
    committed,
  };

  struct prepared {
    std::string name;
    /// How many values it needs.
    std::size_t values = 0;
  };

  /// A statement of a job that is on its way.
  struct sent_statement {
    const std::string& text;
    prepared statement;
    /// Whether it is prepared with that.
    bool is_new;
    /// Where among the results of what is sent together its own one is.
    std::size_t index;
  };

  /// The results of what was sent together, up to the first one that failed.
  using answers = std::vector<postgres_result_ptr>;

  /// Runs a statement of a job. Behind one that has failed, the transaction
  /// takes no other: each then fails as the first one did. Refuses what would
  /// end or begin a transaction, or outlive it.
  sql_rows carry_out(const std::string& statement,
                     const std::vector<sql_value>& values) override;
  /// The same, with COMMIT behind it.
  sql_rows carry_out_last(const std::string& statement,
                          const std::vector<sql_value>& values) override;
  sent_statement send(const std::string& statement,
                      const std::vector<sql_value>& values);
  /// The rows of a statement that was sent.
  sql_rows take_rows(const sent_statement& sent, const answers& results);
  /// Commits together with what was sent before, if that succeeds.
  /// @throws sql_error as `unknown` if it does not hear what became of it.
  answers send_commit();
  /// @throws sql_error if a commit that was answered has failed.
  void check_commit(const answers& results);
  /// Looks up what is known from `begin` on, up to the first one that fails.
  /// @returns where to go on.
  std::size_t look_up_from(std::size_t begin,
                           const std::vector<const sql_look_up*>& wanted,
                           std::vector<std::optional<sql_rows>>& found);
  void connect();
  /// Gives a connection up that the server has closed since the last job.
  void check_server();
  /// Gives the connection up if a function of libpq has returned 0.
  void check(int sent);
  void send_command(const std::string& text);
  void send_prepare(const prepared& added, const std::string& text);
  void send_prepared(const prepared& statement,
                     const std::vector<std::optional<std::string>>& values);
  /// Sends what goes ahead of the next transaction.
  void send_between();
  /// Sends what goes ahead of the first statement of a transaction.
  void send_begin();
  void send_sync();
  /// Waits for what was sent before the next sync that is not answered.
  answers receive_next();
  /// Waits for all that was sent; what came before the last sync is dropped.
  answers receive();
  postgres_result_ptr next_result();
  /// Whether the connection ends with it.
  [[nodiscard]] bool is_last_word(const pg_result* result) const;
  /// Waits until the socket is ready for any of these, as `poll` names them.
  void wait_for(int events);
  std::string next_name();
  void keep(const std::string& statement, prepared added);
  /// Ends the transaction, as the server has.
  [[noreturn]] void fail(const pg_result* result);
  /// Closes the connection.
  [[noreturn]] void give_up(const sql_error& why);

  const std::string target_;
  const access access_;
  const std::chrono::milliseconds job_timeout_;
  store::clock::time_point deadline_;
  std::function<void()> before_commit_;
  stage stage_ = stage::idle;
  postgres_connection_ptr connection_;
  kept_statements<prepared> statements_;
  /// Commands that go ahead of the next transaction.
  std::vector<std::string> between_;
  std::size_t names_ = 0;
  /// Commands that were sent since the last sync.
  std::size_t sent_ = 0;
  /// How often the server has to say yet that it has answered all.
  std::size_t syncs_ = 0;
  std::int64_t changed_ = 0;
  /// Why the transaction takes no further statement.
  std::optional<sql_error> failure_;
};

} // namespace stagedoor
