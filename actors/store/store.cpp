#include "stagedoor/actors/store/store.hpp"

#include "stagedoor/actors/store/row_journal.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/send.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

namespace {

/// A job that answers an action, and its ending.
struct answering_job {
  answering_job(const store& asked, const context& ctx,
                std::function<reply(sql_session&)> run)
      : owed(ctx.defer()), result(std::make_shared<reply>()),
        job([result = result, run = std::move(run)](sql_session& sql) {
          *result = run(sql);
        }),
        ending([owed = owed, result = result,
                &asked](const std::exception_ptr& error) {
          owed.answer(error ? asked.answer_to(error) : std::move(*result));
        }) {}

  deferred owed;
  std::shared_ptr<reply> result;
  store::job job;
  store::ending ending;
};

/// Has a session note rows in a journal, for the time of a job.
class noting {
public:
  noting(sql_session& sql, row_journal& journal) : sql_(sql) {
    sql_.note_in(&journal);
  }
  ~noting() { sql_.note_in(nullptr); }

  noting(const noting&) = delete;
  noting& operator=(const noting&) = delete;

private:
  sql_session& sql_;
};

} // namespace

void sql_session::count_statement(bool is_last) {
  if (has_run_last_)
    throw sql_error(sql_fault::other,
                    "a job runs no statement behind its last one");
  has_run_last_ = is_last;
  ++runs_;
}

void sql_session::note(changing_row row) {
  if (journal_ != nullptr)
    journal_->add(*this, std::move(row));
}

void sql_session::note_became(std::string_view table, const json::value& key,
                              json::value after) {
  if (journal_ != nullptr)
    journal_->became(*this, table, key, std::move(after));
}

deferred store::read(const context& ctx,
                     std::function<reply(sql_session&)> run) {
  answering_job next{*this, ctx, std::move(run)};
  read(clock::now() + job_timeout(), std::move(next.job),
       std::move(next.ending));
  return next.owed;
}

deferred store::write(const context& ctx,
                      std::function<reply(sql_session&)> run) {
  answering_job next{*this, ctx, std::move(run)};
  auto journal = std::make_shared<row_journal>();
  write(
      clock::now() + job_timeout(),
      [journal, run = std::move(next.job), this](sql_session& sql) {
        // Nothing is left of an earlier run.
        *journal = row_journal{listener()};
        const noting these{sql, *journal};
        run(sql);
        journal->close(sql);
      },
      [journal, hub = ctx.first_groups(), then = std::move(next.ending),
       this](const std::exception_ptr& error) {
        if (!error)
          for (auto& told : journal->events(identity()))
            caf::anon_send(hub, std::move(told));
        then(error);
      });
  return next.owed;
}

bool store::is_notice_due() const {
  const auto now = clock::now();
  auto due = next_notice_.load();
  // Of several threads one says it.
  return now >= due
         && next_notice_.compare_exchange_strong(due, now + notice_interval);
}

reply store::answer_to(const std::exception_ptr& error) const {
  try {
    std::rethrow_exception(error);
  } catch (const refused_job& refusal) {
    return refusal.answer;
  } catch (const sql_error& fault) {
    switch (fault.fault()) {
    case sql_fault::locked:
    case sql_fault::full:
    case sql_fault::late:
    case sql_fault::gone:
      if (is_notice_due())
        log().error("the store: {}", fault.what());
      return to_reply(errc::unavailable);
    case sql_fault::unknown:
      log().error("the store: {}", fault.what());
      return to_reply(errc::timed_out);
    default:
      log().error("the store: {}", fault.what());
      break;
    }
  } catch (const std::exception& thrown) {
    log().error("a job of the store threw: {}", thrown.what());
  } catch (...) {
    log().error("a job of the store threw something that is no exception");
  }
  return to_reply(errc::server_error);
}

} // namespace stagedoor
