#include <caf/actor_system.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket.hpp>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <stagedoor/stagedoor.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "descriptor_limit.hpp"

// Two nodes and their clients, all in one process, and a group whose guard says
// yes or no for each member. While both nodes broadcast to the group, the right
// of one member after the other ends, and is invalidated on one of the nodes.
// Printed is the time from each call to the last event that the member got, and
// how many events were sent behind the answer of a call and reached its member
// all the same.

namespace {

using namespace stagedoor;
using steady = std::chrono::steady_clock;
namespace websocket = boost::beast::websocket;
using boost::asio::ip::tcp;
using microseconds = std::chrono::duration<double, std::micro>;

struct options {
  std::size_t members = 1'000;
  std::size_t trials = 1'000;
  std::size_t event_interval_ms = 10;
  std::size_t trial_interval_ms = 10;
};

/// Who may be in the group, by the number of the member. Any thread.
using rights = std::vector<std::atomic<bool>>;

/// Takes the number of a member as its token, and makes it the user's ID.
class numbered_members final : public authenticator {
public:
  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override {
    std::int64_t number = 0;
    std::from_chars(token.data(), token.data() + token.size(), number);
    identity result;
    result.who.id = number;
    result.who.username = token;
    return result;
  }
};

endpoint guarded(const rights& who) {
  const auto may_watch = [&who](const request& about) {
    const auto number = about.scope().user.id.to_number<std::size_t>();
    return who.at(number).load();
  };
  return endpoint("/ws/", handler("root").action("join",
                                                 [](const context& ctx) {
                                                   return ctx.join("watched");
                                                 }))
      .group("watched", guarded_by(custom_permission("MayWatch", may_watch)));
}

/// A server on a node of its own.
class node {
public:
  node(const rights& who, std::string name, std::vector<std::string> seeds) {
    cluster_options about;
    about.name = std::move(name);
    about.seeds = std::move(seeds);
    check(configure_cluster(config_, about));
    system_ = std::make_unique<caf::actor_system>(config_);
    about.log = quiet_;
    cluster_ = take(join_cluster(*system_, about));
    server_options chosen;
    chosen.port = 0;
    chosen.threads = 1;
    chosen.cluster = cluster_;
    chosen.log = quiet_;
    chosen.users = std::make_shared<numbered_members>();
    server_ = std::make_unique<server>(take(
        serve(*system_, chosen, std::vector<endpoint_spec>{guarded(who)})));
  }

  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(cluster_->port());
  }

  void await_other() const {
    while (cluster_->services()->entries("stagedoor.groups").size() < 2)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }

  server* operator->() { return server_.get(); }

private:
  static void check(const caf::error& error) {
    if (error != caf::none)
      throw std::runtime_error(text_of(error));
  }
  template <class T>
  static T take(caf::expected<T> made) {
    if (!made)
      check(made.error());
    return std::move(*made);
  }

  std::shared_ptr<spdlog::logger> quiet_ = std::make_shared<spdlog::logger>(
      "quiet", std::make_shared<spdlog::sinks::null_sink_mt>());
  config config_;
  // Each needs the one before.
  std::unique_ptr<caf::actor_system> system_;
  cluster_ptr cluster_;
  std::unique_ptr<server> server_;
};

/// A client in the group: what it got last.
class member {
public:
  member(boost::asio::io_context& reads, std::uint16_t port, std::size_t number)
      : socket_(reads) {
    const boost::asio::ip::address address =
        boost::asio::ip::make_address("127.0.0.1");
    socket_.next_layer().connect({address, port});
    socket_.set_option(websocket::stream_base::decorator(
        [number](websocket::request_type& request) {
          request.set(boost::beast::http::field::authorization,
                      "Bearer " + std::to_string(number));
        }));
    socket_.handshake("127.0.0.1", "/ws/");
    socket_.write(boost::asio::buffer(std::string{R"({"action":"join"})"}));
    if (next().find(R"("status":200)") == std::string::npos)
      throw std::runtime_error("a member cannot join");
    read();
  }

  /// The number of the last event; 0 if there was none.
  [[nodiscard]] std::uint64_t last_event() const { return last_event_; }
  [[nodiscard]] steady::time_point last_time() const { return last_time_; }
  [[nodiscard]] bool is_revoked() const { return is_revoked_; }

private:
  std::string next() {
    socket_.read(buffer_);
    return take();
  }
  std::string take() {
    auto text = boost::beast::buffers_to_string(buffer_.data());
    buffer_.clear();
    return text;
  }

  void read() {
    socket_.async_read(buffer_,
                       [this](boost::system::error_code error, std::size_t) {
                         if (error)
                           return;
                         note(take());
                         read();
                       });
  }

  void note(std::string_view text) {
    constexpr std::string_view mark = R"("number":)";
    if (const auto at = text.find(mark); at != std::string_view::npos) {
      const auto* begin = text.data() + at + mark.size();
      std::from_chars(begin, text.data() + text.size(), last_event_);
      last_time_ = steady::now();
    } else if (text.find("group.revoked") != std::string_view::npos) {
      is_revoked_ = true;
    }
  }

  websocket::stream<tcp::socket> socket_;
  boost::beast::flat_buffer buffer_;
  std::uint64_t last_event_ = 0;
  steady::time_point last_time_ = steady::time_point::min();
  bool is_revoked_ = false;
};

/// A call that ended the right of one member.
struct trial {
  steady::time_point called;
  steady::time_point answered;
  /// The number of the last event that began to be sent before the answer.
  std::uint64_t sent = 0;
};

double percentile(std::vector<double> values, double part) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  const auto place = part * static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(place)];
}

double since(steady::time_point begin, steady::time_point end) {
  return std::max(0.0, microseconds{end - begin}.count());
}

/// Ends the rights of members, one after the other, while events flow.
std::vector<trial> run_trials(const options& chosen, rights& who, node& first,
                              node& second) {
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<bool> goes_on = true;
  std::thread sender([&] {
    while (goes_on) {
      const auto number = ++sent;
      auto& from = number % 2 == 0 ? first : second;
      from->broadcast("watched", {"tick", {{"number", number}}});
      std::this_thread::sleep_for(
          std::chrono::milliseconds{chosen.event_interval_ms});
    }
  });
  std::vector<trial> result;
  std::string failure;
  for (std::size_t i = 0; i < chosen.trials && failure.empty(); ++i) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds{chosen.trial_interval_ms});
    trial next;
    who[i] = false;
    next.called = steady::now();
    const auto error = first->invalidate(std::to_string(i));
    next.answered = steady::now();
    next.sent = sent;
    if (error != caf::none)
      failure = text_of(error);
    result.push_back(next);
  }
  // What is on its way, and what would be sent in spite of the answers.
  std::this_thread::sleep_for(std::chrono::seconds{1});
  goes_on = false;
  sender.join();
  if (!failure.empty())
    throw std::runtime_error(failure);
  return result;
}

void measure(const options& chosen) {
  rights who(chosen.members);
  for (auto& each : who)
    each = true;
  node first(who, "first", {});
  node second(who, "second", {first.address()});
  first.await_other();
  second.await_other();
  boost::asio::io_context reads;
  std::list<member> members;
  for (std::size_t i = 0; i < chosen.members; ++i)
    members.emplace_back(reads, (i % 2 == 0 ? first : second)->port(), i);
  std::thread reader([&] { reads.run(); });
  std::vector<trial> trials;
  std::string failure;
  try {
    trials = run_trials(chosen, who, first, second);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  reads.stop();
  reader.join();
  if (!failure.empty())
    throw std::runtime_error(failure);
  std::vector<double> last_events;
  std::vector<double> answers;
  std::size_t violations = 0;
  std::size_t silent = 0;
  auto whose = members.begin();
  for (const auto& each : trials) {
    violations += whose->last_event() > each.sent ? 1 : 0;
    silent += whose->is_revoked() ? 0 : 1;
    last_events.push_back(since(each.called, whose->last_time()));
    answers.push_back(since(each.called, each.answered));
    ++whose;
  }
  std::cout << to_json({{"trials", trials.size()},
                        {"violations", violations},
                        {"not_told", silent},
                        {"last_event_p50_us", percentile(last_events, 0.5)},
                        {"last_event_p99_us", percentile(last_events, 0.99)},
                        {"answer_p50_us", percentile(answers, 0.5)},
                        {"answer_p99_us", percentile(answers, 0.99)}})
            << '\n';
}

} // namespace

int main(int argc, char** argv) {
  options chosen;
  CLI::App app{"How long members whose right has ended get events of a group."};
  app.add_option("--members", chosen.members, "clients, half of them per node")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--trials", chosen.trials, "members whose right ends");
  app.add_option("--event-interval-ms", chosen.event_interval_ms);
  app.add_option("--trial-interval-ms", chosen.trial_interval_ms);
  CLI11_PARSE(app, argc, argv);
  chosen.trials = std::min(chosen.trials, chosen.members);
  bench::raise_descriptor_limit();
  try {
    measure(chosen);
  } catch (const std::exception& error) {
    std::cerr << "stagedoor-revocation: " << error.what() << '\n';
    return 1;
  }
}
