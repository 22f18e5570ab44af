#include "stagedoor/actors/store/row_listener.hpp"

#include "stagedoor/actors/store/row_journal.hpp"
#include "stagedoor/actors/units/blocked_signals.hpp"
#include "stagedoor/protocol/envelope.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace stagedoor {

row_listener::row_listener(setup parts)
    : setup_(std::move(parts)), connection_(setup_.connection) {}

row_listener::~row_listener() {
  connection_.stop();
  if (thread_.joinable())
    thread_.join();
}

// -- tables and watchers ------------------------------------------------------

std::string row_listener::add(const std::string& table, const std::string& key,
                              std::chrono::milliseconds timeout) {
  std::unique_lock lock{mutex_};
  auto& added = tables_.try_emplace(table, key).first->second;
  if (!thread_.joinable()) {
    const blocked_signals blocked;
    thread_ = std::thread([this] { run(); });
  }
  connection_.wake();
  changed_.wait_for(lock, timeout,
                    [&] { return !added.channel.empty() || added.is_absent; });
  if (!added.channel.empty())
    return {};
  auto fault =
      added.fault.empty() ? "the server has not answered in time" : added.fault;
  if (!added.is_known)
    tables_.erase(table);
  return fault;
}

bool row_listener::tells_of(std::string_view table) const {
  const std::lock_guard lock{mutex_};
  return tables_.find(table) != tables_.end();
}

bool row_listener::hears_of(std::string_view table) const {
  const std::lock_guard lock{mutex_};
  const auto found = tables_.find(table);
  return found != tables_.end() && !found->second.channel.empty();
}

std::shared_ptr<void> row_listener::watch(std::string_view table,
                                          change_watcher watcher) {
  const std::lock_guard lock{mutex_};
  const auto id = ++last_watcher_;
  tables_.find(table)->second.watchers.emplace(id, std::move(watcher));
  return std::shared_ptr<void>{this, [this, id, name = std::string(table)](
                                         void*) { unwatch(name, id); }};
}

void row_listener::unwatch(std::string_view table, std::uint64_t watcher) {
  const std::lock_guard lock{mutex_};
  tables_.find(table)->second.watchers.erase(watcher);
}

// -- the thread ---------------------------------------------------------------

void row_listener::run() {
  while (!connection_.is_stopped()) {
    try {
      listen();
    } catch (const std::exception& error) {
      if (!connection_.is_stopped())
        lose(error.what());
    }
  }
}

/// Listens until the connection is lost, or the end.
void row_listener::listen() {
  constexpr std::chrono::minutes longest{1};
  connection_.connect();
  while (!connection_.is_stopped()) {
    listen_to_new();
    for (const auto& told : connection_.wait(longest))
      hear(told);
  }
}

void row_listener::lose(const std::string& why) {
  {
    const std::lock_guard lock{mutex_};
    for (auto& [name, lost] : tables_) {
      lost.channel.clear();
      lost.changes.clear();
      lost.is_absent = false;
      lost.fault = why;
    }
  }
  setup_.log->error("the store does not hear of changes by others: {}", why);
  connection_.pause(pause_);
  pause_ = std::min(2 * pause_, pause_max);
}

void row_listener::listen_to_new() {
  std::vector<std::string> unheard;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [name, table] : tables_)
      if (table.channel.empty() && !table.is_absent)
        unheard.push_back(name);
  }
  for (const auto& name : unheard) {
    const auto channel = connection_.listen(name);
    const std::lock_guard lock{mutex_};
    const auto found = tables_.find(name);
    if (found == tables_.end())
      continue; // Whoever has added it has not waited so long.
    auto& table = found->second;
    // What has happened before nobody knows.
    if (table.is_known)
      for (const auto& [id, watcher] : table.watchers)
        watcher.missed();
    if (!channel) {
      table.is_absent = true;
      table.fault = "there is no table \"" + name + "\" with its triggers";
      setup_.log->error("the store does not hear of changes by others: {}",
                        table.fault);
      continue;
    }
    table.is_known = true;
    table.channel = *channel;
  }
  pause_ = pause_min;
  changed_.notify_all();
}

void row_listener::hear(const listening_connection::notification& told) {
  const std::lock_guard lock{mutex_};
  const auto found =
      std::find_if(tables_.begin(), tables_.end(), [&](const auto& each) {
        return each.second.channel == told.channel;
      });
  if (found == tables_.end())
    return;
  auto& [name, table] = *found;
  switch (table.changes.take(told.sender, told.payload)) {
  case change_assembler::progress::open:
    return;
  case change_assembler::progress::complete:
    tell(name, table);
    return;
  case change_assembler::progress::missed:
    for (const auto& [id, watcher] : table.watchers)
      watcher.missed();
    return;
  case change_assembler::progress::foreign:
    notice("the store has dropped a notification for \"" + name
           + "\" that is no change of a row");
  }
}

void row_listener::tell(const std::string& table, listened_table& heard) {
  const auto changes = heard.changes.take_changes();
  if (heard.watchers.empty())
    return;
  const auto group = rows_group(setup_.identity, table);
  for (const auto& change : changes) {
    std::string text;
    if (!append_event(text, {group, change, 200}))
      continue;
    const auto shared = std::make_shared<const std::string>(std::move(text));
    for (const auto& [id, watcher] : heard.watchers)
      watcher.changed(shared);
  }
}

/// Says once a second at most what strangers can cause.
void row_listener::notice(const std::string& text) {
  const auto now = store::clock::now();
  if (now < next_notice_)
    return;
  next_notice_ = now + store::notice_interval;
  setup_.log->warn("{}", text);
}

} // namespace stagedoor
