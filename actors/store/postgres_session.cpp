#include "stagedoor/actors/store/postgres_session.hpp"

#include "stagedoor/actors/store/postgres_result.hpp"
#include "stagedoor/actors/store/postgres_text.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <libpq-fe.h>
#include <string_view>
#include <utility>

namespace stagedoor {

namespace {

/// The SQLSTATE of a write where nothing can be written.
constexpr const char* only_reads = "25006";

/// How often in a row libpq says that a command has no further result.
constexpr int nulls_max = 2;

} // namespace

postgres_session::postgres_session(std::string connection, access allowed,
                                   std::chrono::milliseconds job_timeout)
    : target_(std::move(connection)), access_(allowed),
      job_timeout_(job_timeout) {}

// -- transactions -------------------------------------------------------------

void postgres_session::begin(store::clock::time_point deadline,
                             std::function<void()> before_commit) {
  begin_job();
  deadline_ = deadline;
  before_commit_ = std::move(before_commit);
  failure_.reset();
  if (!connection_)
    connect();
  stage_ = stage::begun;
}

void postgres_session::commit() {
  if (failure_) {
    const auto failure = *failure_;
    roll_back();
    throw failure;
  }
  if (stage_ != stage::open)
    return;
  check_commit(send_commit());
}

postgres_session::answers postgres_session::send_commit() {
  if (before_commit_)
    before_commit_();
  try {
    send_command("COMMIT");
    send_sync();
    auto results = receive();
    // A server or a pooler that says that it stops may have committed before.
    if (!is_done(results.back().get()))
      if (const auto why = error_of(results.back().get());
          why.fault() == sql_fault::gone && why.code() != only_reads)
        give_up(why);
    return results;
  } catch (const sql_error& error) {
    failure_ = sql_error(sql_fault::unknown,
                         std::string("while a job was being committed: ")
                             + error.what(),
                         error.code());
    throw *failure_;
  }
}

void postgres_session::check_commit(const answers& results) {
  stage_ = stage::idle;
  auto* commit = results.back().get();
  // A server that still answers has rolled it back.
  if (!is_done(commit))
    fail(commit);
  if (std::string_view{PQcmdStatus(commit)} != "COMMIT")
    throw sql_error(sql_fault::other, "the transaction had failed before");
  stage_ = stage::committed;
}

void postgres_session::roll_back() {
  if (std::exchange(stage_, stage::idle) != stage::open || !connection_)
    return;
  try {
    send_command("ROLLBACK");
    send_sync();
  } catch (const sql_error&) {
    // With the connection the transaction is gone too.
  }
}

void postgres_session::forget_statements() {
  if (connection_)
    between_.emplace_back("DEALLOCATE ALL");
  statements_.clear();
}

// -- statements ---------------------------------------------------------------

sql_rows postgres_session::carry_out(const std::string& statement,
                                     const std::vector<sql_value>& values) {
  const auto sent = send(statement, values);
  send_sync();
  return take_rows(sent, receive());
}

sql_rows
postgres_session::carry_out_last(const std::string& statement,
                                 const std::vector<sql_value>& values) {
  check_server();
  const auto sent = send(statement, values);
  const auto results = send_commit();
  auto rows = take_rows(sent, results);
  check_commit(results);
  return rows;
}

postgres_session::sent_statement
postgres_session::send(const std::string& statement,
                       const std::vector<sql_value>& values) {
  if (failure_)
    throw *failure_;
  const auto* known = statements_.find(statement);
  // What is kept has been looked at before.
  const auto added = known == nullptr ? to_prepare(statement) : postgres_text{};
  const auto next =
      known != nullptr ? *known : prepared{next_name(), added.values};
  if (next.values != values.size())
    throw sql_error(sql_fault::other, std::to_string(values.size())
                                          + " values for "
                                          + std::to_string(next.values)
                                          + " parameters of: " + statement);
  const auto held = values_for_postgres(values, statement);
  // What the statement needs is sent with it.
  send_begin();
  if (known == nullptr)
    send_prepare(next, added.text);
  send_prepared(next, held);
  return {statement, next, known == nullptr, sent_ - 1};
}

sql_rows postgres_session::take_rows(const sent_statement& sent,
                                     const answers& results) {
  const auto was_run = results.size() > sent.index;
  if (sent.is_new && was_run)
    keep(sent.text, sent.statement);
  if (!was_run || !is_done(results[sent.index].get()))
    fail(results.back().get());
  auto* result = results[sent.index].get();
  if (const auto count = changed_by(result))
    changed_ = *count;
  return rows_of(result);
}

std::vector<std::optional<sql_rows>>
postgres_session::look_up(const std::vector<const sql_look_up*>& wanted,
                          store::clock::time_point deadline) {
  std::vector<std::optional<sql_rows>> result(wanted.size());
  // What takes its own time has that set in a transaction.
  if (!connection_ || !has_usual_time(deadline, job_timeout_))
    return result;
  deadline_ = deadline;
  try {
    send_between();
    std::size_t next = 0;
    while (next < wanted.size())
      next = look_up_from(next, wanted, result);
  } catch (const sql_error&) {
    // Those that have no rows yet hear it.
  }
  return result;
}

std::size_t
postgres_session::look_up_from(std::size_t begin,
                               const std::vector<const sql_look_up*>& wanted,
                               std::vector<std::optional<sql_rows>>& found) {
  std::vector<std::size_t> sent;
  for (auto i = begin; i < wanted.size(); ++i) {
    const auto& [text, values] = wanted[i]->statement;
    const auto* known = statements_.find(text);
    if (known == nullptr || known->values != values.size())
      continue;
    send_prepared(*known, values_for_postgres(values, text));
    sent.push_back(i);
  }
  if (sent.empty())
    return wanted.size();
  send_sync();
  const auto results = receive();
  for (std::size_t i = 0; i < results.size(); ++i) {
    // It has kept the server from those behind it.
    if (!is_done(results[i].get()))
      return sent[i] + 1;
    found[sent[i]] = rows_of(results[i].get());
  }
  return wanted.size();
}

std::string postgres_session::next_name() {
  return "stagedoor_" + std::to_string(++names_);
}

void postgres_session::keep(const std::string& statement, prepared added) {
  statements_.add(statement, std::move(added));
  if (auto oldest = statements_.take_oldest())
    between_.push_back("DEALLOCATE " + oldest->name);
}

// -- what is on its way -------------------------------------------------------

void postgres_session::check(int sent) {
  if (sent == 0)
    give_up({sql_fault::gone, one_line(PQerrorMessage(connection_.get()))});
}

void postgres_session::send_command(const std::string& text) {
  check(PQsendQueryParams(connection_.get(), text.c_str(), 0, nullptr, nullptr,
                          nullptr, nullptr, 0));
  ++sent_;
}

void postgres_session::send_prepare(const prepared& added,
                                    const std::string& text) {
  check(PQsendPrepare(connection_.get(), added.name.c_str(), text.c_str(), 0,
                      nullptr));
  ++sent_;
}

void postgres_session::send_prepared(
    const prepared& statement,
    const std::vector<std::optional<std::string>>& values) {
  std::vector<const char*> pointers;
  pointers.reserve(values.size());
  for (const auto& each : values)
    pointers.push_back(each ? each->c_str() : nullptr);
  check(PQsendQueryPrepared(connection_.get(), statement.name.c_str(),
                            static_cast<int>(pointers.size()), pointers.data(),
                            nullptr, nullptr, 0));
  ++sent_;
}

void postgres_session::send_between() {
  for (const auto& command : std::exchange(between_, {}))
    send_command(command);
  if (sent_ > 0)
    send_sync();
}

void postgres_session::send_begin() {
  if (stage_ == stage::open)
    return;
  send_between();
  stage_ = stage::open;
  const auto& begin = access_ == access::read ? begin_reading : begin_writing;
  if (statements_.find(begin) == nullptr) {
    const prepared added{next_name(), 0};
    send_prepare(added, begin);
    keep(begin, added);
  }
  send_prepared(*statements_.find(begin), {});
  if (!has_usual_time(deadline_, job_timeout_))
    send_command("SET LOCAL statement_timeout = "
                 + std::to_string(milliseconds_until(deadline_)));
}

void postgres_session::send_sync() {
  check(PQpipelineSync(connection_.get()));
  ++syncs_;
  sent_ = 0;
}

postgres_session::answers postgres_session::receive_next() {
  answers results;
  auto has_failed = false;
  while (true) {
    auto next = next_result();
    const auto status = PQresultStatus(next.get());
    if (status == PGRES_FATAL_ERROR && is_last_word(next.get()))
      give_up(part_of(next.get(), PG_DIAG_SQLSTATE).empty()
                  ? sql_error{sql_fault::gone,
                              one_line(PQresultErrorMessage(next.get()))}
                  : error_of(next.get()));
    if (status == PGRES_PIPELINE_SYNC) {
      --syncs_;
      return results;
    }
    if (has_failed)
      continue;
    has_failed = !is_done(next.get());
    results.push_back(std::move(next));
  }
}

postgres_session::answers postgres_session::receive() {
  // What was sent earlier, such as a ROLLBACK, is nobody's any more.
  while (syncs_ > 1)
    receive_next();
  return receive_next();
}

postgres_result_ptr postgres_session::next_result() {
  // The results of a command end with a null.
  for (int nulls = 0; nulls <= nulls_max; ++nulls) {
    auto unsent = PQflush(connection_.get());
    while (unsent == 1 || PQisBusy(connection_.get()) != 0) {
      wait_for(unsent == 1 ? POLLIN | POLLOUT : POLLIN);
      // If it is lost, the result says so.
      if (PQconsumeInput(connection_.get()) == 0)
        break;
      unsent = PQflush(connection_.get());
    }
    if (auto* result = PQgetResult(connection_.get()))
      return postgres_result_ptr{result};
  }
  give_up({sql_fault::gone, "the server does not answer what it was asked"});
}

void postgres_session::check_server() {
  if (stage_ != stage::begun)
    return;
  pollfd socket{PQsocket(connection_.get()), POLLRDHUP, 0};
  if (poll(&socket, 1, 0) > 0)
    give_up({sql_fault::gone, "the server has closed the connection"});
}

bool postgres_session::is_last_word(const pg_result* result) const {
  const auto severity = part_of(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity == "FATAL" || severity == "PANIC"
         || PQstatus(connection_.get()) == CONNECTION_BAD;
}

void postgres_session::wait_for(int events) {
  using namespace std::chrono;
  const auto until = deadline_ > store::clock::time_point::max() - grace
                         ? deadline_
                         : deadline_ + grace;
  while (true) {
    const auto left = until - store::clock::now();
    if (left <= store::clock::duration::zero())
      give_up({sql_fault::late, "the server has not answered in time"});
    pollfd socket{PQsocket(connection_.get()), static_cast<short>(events), 0};
    constexpr milliseconds longest = minutes{1};
    const auto time = std::min<milliseconds>(ceil<milliseconds>(left), longest);
    const auto ready = poll(&socket, 1, static_cast<int>(time.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR))
      return;
  }
}

void postgres_session::fail(const pg_result* result) {
  auto failure = error_of(result);
  // What a job asks for that was to read is no fault of the database.
  if (access_ == access::read && failure.code() == only_reads)
    failure = {sql_fault::other, failure.what(), failure.code()};
  if (failure.fault() == sql_fault::gone)
    give_up(failure);
  failure_ = failure;
  throw failure;
}

void postgres_session::give_up(const sql_error& why) {
  failure_ = why;
  connection_.reset();
  statements_.clear();
  between_.clear();
  syncs_ = 0;
  sent_ = 0;
  throw why;
}

void postgres_session::connect() {
  connection_ = begin_connection(target_);
  check(finish_connection(connection_.get(),
                          [this](int events) { wait_for(events); })
            ? 1
            : 0);
  check(PQsetnonblocking(connection_.get(), 1) == 0 ? 1 : 0);
  check(PQenterPipelineMode(connection_.get()));
  // Whatever the server is set to, values are read as they are written here.
  between_ = {"SET DateStyle = 'ISO'", "SET TimeZone = 'UTC'",
              "SET extra_float_digits = 1",
              "SET statement_timeout = "
                  + std::to_string(job_timeout_.count())};
  // For a statement that has no transaction around it.
  if (access_ == access::read)
    between_.emplace_back("SET default_transaction_read_only = on");
}

} // namespace stagedoor
