#include "stagedoor/actors/store/listening_connection.hpp"

#include "stagedoor/actors/store/postgres_result.hpp"
#include "stagedoor/actors/store/postgres_text.hpp"
#include "stagedoor/actors/store/row_triggers.hpp"

#include <sys/eventfd.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <libpq-fe.h>
#include <system_error>
#include <utility>

namespace stagedoor {

namespace {

/// Waits for a socket, if there is one, or for the waker.
/// @returns whether the waker has ended it.
bool wait_or_wake(int waker, int socket, int events,
                  std::chrono::milliseconds at_most) {
  // `poll` takes no notice of what is negative.
  std::array<pollfd, 2> both{pollfd{waker, POLLIN, 0},
                             pollfd{socket, static_cast<short>(events), 0}};
  poll(both.data(), both.size(), static_cast<int>(at_most.count()));
  if (both[0].revents == 0)
    return false;
  std::uint64_t count = 0;
  return read(waker, &count, sizeof(count)) > 0;
}

} // namespace

listening_connection::listening_connection(std::string target)
    : target_(std::move(target)),
      waker_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (waker_ < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
}

listening_connection::~listening_connection() {
  close(waker_);
}

void listening_connection::wake() const {
  const std::uint64_t once = 1;
  // It fails only where it is readable anyway.
  [[maybe_unused]] const auto written = write(waker_, &once, sizeof(once));
}

void listening_connection::stop() {
  is_stopped_ = true;
  wake();
}

void listening_connection::pause(std::chrono::milliseconds at_most) const {
  wait_or_wake(waker_, -1, 0, at_most);
}

void listening_connection::give_up(const std::string& why) {
  connection_.reset();
  throw sql_error(sql_fault::gone, why);
}

void listening_connection::check(bool succeeded) {
  if (!succeeded)
    give_up(one_line(PQerrorMessage(connection_.get())));
}

void listening_connection::wait_for(int events,
                                    store::clock::time_point deadline) {
  using namespace std::chrono;
  const auto left = ceil<milliseconds>(deadline - store::clock::now());
  if (left <= milliseconds::zero())
    give_up("the server has not answered in time");
  if (wait_or_wake(waker_, PQsocket(connection_.get()), events, left))
    is_woken_ = true;
  if (is_stopped_)
    give_up("it is stopped");
}

void listening_connection::connect() {
  const auto deadline = store::clock::now() + answer_timeout;
  // Nobody would miss a server that has gone without a word.
  connection_ = begin_connection(target_, {{"keepalives_idle", "10"},
                                           {"keepalives_interval", "5"},
                                           {"keepalives_count", "3"}});
  check(finish_connection(connection_.get(),
                          [&](int events) { wait_for(events, deadline); }));
  check(PQsetnonblocking(connection_.get(), 1) == 0);
}

postgres_result_ptr listening_connection::run(const std::string& statement,
                                              const char* value) {
  const auto deadline = store::clock::now() + answer_timeout;
  check(PQsendQueryParams(connection_.get(), statement.c_str(),
                          value == nullptr ? 0 : 1, nullptr, &value, nullptr,
                          nullptr, 0)
        == 1);
  postgres_result_ptr last;
  while (true) {
    auto unsent = PQflush(connection_.get());
    while (unsent == 1 || PQisBusy(connection_.get()) != 0) {
      wait_for(unsent == 1 ? POLLIN | POLLOUT : POLLIN, deadline);
      check(PQconsumeInput(connection_.get()) == 1);
      unsent = PQflush(connection_.get());
    }
    postgres_result_ptr next{PQgetResult(connection_.get())};
    if (!next)
      break;
    last = std::move(next);
  }
  if (!is_done(last.get()))
    give_up(error_of(last.get()).what());
  return last;
}

std::optional<std::string>
listening_connection::listen(const std::string& table) {
  const auto quoted = '"' + table + '"';
  const auto found = run("SELECT tgrelid FROM pg_trigger "
                         "WHERE tgrelid = to_regclass($1) "
                         "AND tgname = 'stagedoor_tell' "
                         "AND tgenabled IN ('O', 'A')",
                         quoted.c_str());
  if (PQntuples(found.get()) == 0)
    return std::nullopt;
  const auto channel =
      std::string(row_telling::channel_begin) + PQgetvalue(found.get(), 0, 0);
  run("LISTEN " + channel);
  return channel;
}

std::vector<listening_connection::notification>
listening_connection::wait(std::chrono::milliseconds at_most) {
  struct freeing {
    void operator()(PGnotify* told) const { PQfreemem(told); }
  };
  std::vector<notification> result;
  const auto take = [&] {
    while (auto told = std::unique_ptr<PGnotify, freeing>{
               PQnotifies(connection_.get())})
      result.push_back({told->relname, told->extra, told->be_pid});
  };
  // Something may have come with an answer.
  take();
  if (!result.empty() || std::exchange(is_woken_, false))
    return result;
  wait_or_wake(waker_, PQsocket(connection_.get()), POLLIN, at_most);
  check(PQconsumeInput(connection_.get()) == 1);
  take();
  return result;
}

} // namespace stagedoor
