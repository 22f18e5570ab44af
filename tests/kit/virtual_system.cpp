#include "stagedoor/testing/virtual_system.hpp"

#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/actors/description/notifier.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/permissions/decision_cache.hpp"
#include "stagedoor/testing/failure.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace stagedoor::testing {

namespace {

/// Some day of the year 2023.
constexpr std::chrono::system_clock::time_point first_day{
    std::chrono::seconds{1'700'000'000}};

/// Messages of CAF's scheduler after which actors are taken to go on for ever.
constexpr std::size_t jobs_max = 1'000'000;

} // namespace

/// Keeps what is logged in memory. Any thread.
class virtual_system::log_lines : public spdlog::sinks::base_sink<std::mutex> {
public:
  std::string text() {
    std::lock_guard lock{mutex_};
    return text_;
  }

private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    auto level = spdlog::level::to_string_view(message.level);
    text_.append(level.data(), level.size()).append(1, ' ');
    text_.append(message.payload.data(), message.payload.size())
        .append(1, '\n');
  }

  void flush_() override {}

  std::string text_;
};

class virtual_system::configuration : public caf::actor_system_config {
public:
  explicit configuration(const edit& change) {
    configure(*this);
    if (change)
      change(*this);
  }
};

virtual_system::virtual_system(std::size_t units, const edit& change,
                               unit::clock::time_point start)
    : scheduled_to_(start), wall_beginning_(first_day),
      log_(std::make_shared<log_lines>()),
      config_(std::make_unique<configuration>(change)),
      system_(scheduler_.make_system(*config_)) {
  // An actor of the test that waits for messages would hold the end up.
  system_->await_actors_before_shutdown(false);
  for (std::size_t i = 0; i < units; ++i)
    homes_.push_back(std::make_unique<manual_unit>(*system_, i, start));
}

virtual_system::~virtual_system() = default;

caf::actor_system& virtual_system::system() {
  return *system_;
}

std::shared_ptr<spdlog::logger> virtual_system::make_logger() const {
  return std::make_shared<spdlog::logger>("test", log_);
}

std::shared_ptr<runtime> virtual_system::make_runtime(const limits& bounds) {
  auto shared = std::make_shared<runtime>();
  shared->limits = bounds;
  shared->log = make_logger();
  shared->wall_clock = [this] { return wall_now(); };
  shared->workers = std::make_shared<blocking_workers>(
      bounds.blocking_workers, bounds.blocking_queue_max,
      blocking_workers::start::with_first_job);
  shared->services = std::make_shared<service_directory>();
  shared->cache_counts = std::make_shared<decision_cache_counts>();
  shared->notifier = std::make_shared<const notifier>(system());
  return shared;
}

std::string virtual_system::log() const {
  return log_->text();
}

void virtual_system::settle() {
  if (leader_ != nullptr)
    leader_->settle();
  else if (!come_to_rest())
    throw failure("the actors do not come to rest");
}

bool virtual_system::come_to_rest() {
  constexpr int rounds_max = 10'000;
  std::size_t jobs_left = jobs_max;
  for (int round = 0; round < rounds_max && jobs_left > 0; ++round)
    if (!work(jobs_left))
      return true;
  return false;
}

bool virtual_system::work(std::size_t& jobs_left) {
  bool worked = false;
  for (auto& home : homes_)
    worked |= home->work();
  for (; jobs_left > 0 && scheduler_.try_run_once(); --jobs_left)
    worked = true;
  return worked || (outside_ && outside_());
}

void virtual_system::advance(unit::clock::duration by) {
  if (leader_ != nullptr) {
    leader_->advance(by);
    return;
  }
  settle();
  const auto end = now() + by;
  for (auto next = next_wake(); next <= end; next = next_wake()) {
    move_clock(std::max(next, now()));
    settle();
  }
  move_clock(end);
  settle();
}

std::chrono::system_clock::time_point virtual_system::wall_now() const {
  return wall_beginning_
         + std::chrono::duration_cast<std::chrono::system_clock::duration>(
             now() - manual_unit::beginning);
}

void virtual_system::end_members() {
  for (auto& home : homes_)
    home->end_members();
  come_to_rest();
}

unit::clock::time_point virtual_system::now() const {
  return homes_.front()->now();
}

unit::clock::time_point virtual_system::next_wake() const {
  auto result = unit::clock::time_point::max();
  for (const auto& home : homes_)
    result = std::min(result, home->wheel().next_wake());
  return result;
}

void virtual_system::move_clock(unit::clock::time_point to) {
  scheduler_.advance_time(to - std::exchange(scheduled_to_, to));
  for (auto& home : homes_)
    home->move_clock(to);
}

void virtual_system::set_clock(unit::clock::time_point to) {
  for (auto& home : homes_)
    home->set_clock(to);
}

} // namespace stagedoor::testing
