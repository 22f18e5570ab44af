#include "stagedoor/actors/operators/metrics_endpoint.hpp"

#include "stagedoor/actors/operators/metric_family.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/operators/page_server.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/actors/units/unit.hpp"
#include "stagedoor/permissions/decision_cache.hpp"
#include "stagedoor/permissions/explanation.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_registry.hpp"
#include "caf/actor_system.hpp"

#include <boost/asio/ip/address.hpp>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <span>
#include <tuple>
#include <utility>

namespace stagedoor {

namespace {

namespace asio = boost::asio;

using prometheus::ClientMetric;
using prometheus::MetricFamily;

/// Reads a server's numbers when it is asked to.
class collector : public prometheus::Collectable {
public:
  explicit collector(metrics_source source) : source_(std::move(source)) {}

  [[nodiscard]] std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> result;
    add_connections(result);
    result.push_back(messages());
    add_latencies(result);
    add_permissions(result);
    add_groups(result);
    result.push_back(keyed_states());
    add_units(result);
    add_process(result);
    for (const auto& each : source_.own)
      std::ranges::move(each->Collect(), std::back_inserter(result));
    return result;
  }

private:
  using families = std::vector<MetricFamily>;

  /// Calls `f` with each unit's index and metrics.
  template <class F>
  void each_unit(F f) const {
    for (std::size_t i = 0; i < source_.units.size(); ++i)
      f(i, source_.shared->metrics->of_unit(i));
  }

  /// Adds a sample for each unit.
  template <class Value>
  MetricFamily by_unit(family_writer to, Value value) const {
    each_unit([&](std::size_t index, const unit_metrics& counted) {
      to.add({{"unit", std::to_string(index)}}, value(index, counted));
    });
    return to.done();
  }

  /// Adds a sample for each number of a table, over all units.
  /// @param spell how the number is called.
  /// @param expected the numbers that are there from the start.
  template <class Spell>
  MetricFamily
  by_number(family_writer to, const std::string& label,
            const tally_table<std::uint16_t, tally> unit_metrics::*table,
            std::span<const std::uint16_t> expected, Spell spell) const {
    std::map<std::uint16_t, std::uint64_t> sums;
    for (auto number : expected)
      sums[number] = 0;
    each_unit([&](std::size_t, const unit_metrics& counted) {
      (counted.*table).each([&](std::uint16_t number, const tally& count) {
        sums[number] += count.value();
      });
    });
    for (auto [number, sum] : sums)
      to.add({{label, spell(number)}}, sum);
    return to.done();
  }

  void add_connections(families& to) const {
    to.push_back(by_unit(
        gauge("stagedoor_connections",
              "Sockets of clients, those that are not open yet included."),
        [](std::size_t, const unit_metrics& counted) {
          return counted.connections.value();
        }));
    to.push_back(by_number(
        counter("stagedoor_handshakes_total",
                "Opening requests, by the HTTP status of a refusal; accepted; "
                "or gone, where the client went away."),
        "result", &unit_metrics::handshakes, unit_metrics::usual_results,
        [](std::uint16_t status) {
          if (status == unit_metrics::accepted)
            return std::string{"accepted"};
          return status == unit_metrics::gone ? "gone" : std::to_string(status);
        }));
    to.push_back(by_number(
        counter("stagedoor_closes_total",
                "Connections that have ended, by close code; none, where there "
                "was no close frame; other, where it was a client's own."),
        "code", &unit_metrics::closes, unit_metrics::usual_codes,
        [](std::uint16_t code) {
          if (code == unit_metrics::other_code)
            return std::string{"other"};
          return code == 0 ? "none" : std::to_string(code);
        }));
    std::array<std::uint64_t, drop_reason_names.size()> drops{};
    each_unit([&](std::size_t, const unit_metrics& counted) {
      for (std::size_t i = 0; i < drops.size(); ++i)
        drops[i] += counted.drops(static_cast<drop_reason>(i)).value();
    });
    auto dropped = counter("stagedoor_drops_total",
                           "Events that were not sent to a client, by reason.");
    for (std::size_t i = 0; i < drops.size(); ++i)
      dropped.add({{"reason", std::string{drop_reason_names[i]}}}, drops[i]);
    to.push_back(dropped.done());
  }

  [[nodiscard]] MetricFamily messages() const {
    std::map<std::tuple<std::string, std::string, std::string, std::uint16_t>,
             std::uint64_t>
        sums;
    // A rate that begins with the first message would miss it.
    for (const auto& endpoint : *source_.endpoints)
      for (const auto& route : endpoint.routes->all())
        for (const auto& [name, action] : route.handler->actions)
          sums[{endpoint.spec.path, route.patterns, name,
                static_cast<std::uint16_t>(action.replies ? 200 : 0)}] = 0;
    each_unit([&](std::size_t, const unit_metrics& counted) {
      counted.messages().each([&](const auto& place, const auto& actions) {
        actions.each([&](const auto& action, const auto& answers) {
          answers.answers.each([&](std::uint16_t status, const tally& count) {
            sums[{place.first, place.second, action, status}] += count.value();
          });
        });
      });
    });
    auto to = counter("stagedoor_messages_total",
                      "Messages that were answered, by endpoint, route "
                      "pattern, action and status; none, where success is not "
                      "answered.");
    for (const auto& [key, sum] : sums) {
      const auto& [endpoint, route, action, status] = key;
      to.add({{"endpoint", endpoint},
              {"route", route},
              {"action", action},
              {"status", status == 0 ? "none" : std::to_string(status)}},
             sum);
    }
    return to.done();
  }

  /// Adds how long the sampled messages took.
  void add_latencies(families& to) const {
    struct latency {
      ClientMetric::Histogram asked;
      ClientMetric::Histogram ran;
    };
    std::map<std::tuple<std::string, std::string, std::string>, latency> sums;
    for (const auto& endpoint : *source_.endpoints)
      for (const auto& route : endpoint.routes->all())
        for (const auto& [name, action] : route.handler->actions)
          sums[{endpoint.spec.path, route.patterns, name}];
    each_unit([&](std::size_t, const unit_metrics& counted) {
      counted.messages().each([&](const auto& place, const auto& actions) {
        actions.each([&](const auto& action, const message_tallies& row) {
          // What no handler has seen is not measured.
          if (row.permission_times.count() == 0)
            return;
          auto& sum = sums[{place.first, place.second, action}];
          add_times(sum.asked, row.permission_times);
          add_times(sum.ran, row.action_times);
        });
      });
    });
    auto asked = histogram("stagedoor_action_permission_seconds",
                           "Time that messages were with their permissions. "
                           "Only messages that were sampled count.");
    auto ran = histogram("stagedoor_action_seconds",
                         "Time from the permission of a message to its "
                         "answer. Only messages that were sampled count.");
    for (auto& [key, times] : sums) {
      const auto& [endpoint, route, action] = key;
      const label_list labels{
          {"endpoint", endpoint}, {"route", route}, {"action", action}};
      asked.add(labels, std::move(times.asked));
      ran.add(labels, std::move(times.ran));
    }
    to.push_back(asked.done());
    to.push_back(ran.done());
  }

  [[nodiscard]] MetricFamily keyed_states() const {
    auto to = gauge("stagedoor_keyed_states",
                    "States that live by key, by the route that has them.");
    for (const auto& endpoint : *source_.endpoints)
      for (const auto& route : endpoint.routes->all())
        if (route.handler->lifetime.is_keyed())
          to.add({{"endpoint", endpoint.spec.path}, {"route", route.patterns}},
                 route.keyed_states->load());
    return to.done();
  }

  void add_permissions(families& to) const {
    auto decisions = counter("stagedoor_permission_decisions_total",
                             "Answers of the permissions, by question.");
    auto latency = histogram("stagedoor_permission_seconds",
                             "Time from a question to the answer of its "
                             "permissions, without waiting for its turn.");
    for (std::size_t i = 0; i < counted_questions.size(); ++i) {
      const std::string asked{to_string(counted_questions[i])};
      std::array<std::uint64_t, verdict_names.size()> sums{};
      ClientMetric::Histogram times;
      each_unit([&](std::size_t, const unit_metrics& counted) {
        const auto& here = counted.decisions(i);
        for (std::size_t verdict = 0; verdict < sums.size(); ++verdict)
          sums[verdict] += here.verdicts[verdict].value();
        add_times(times, here.times);
      });
      for (std::size_t verdict = 0; verdict < sums.size(); ++verdict)
        decisions.add({{"question", asked},
                       {"decision", std::string{verdict_names[verdict]}}},
                      sums[verdict]);
      latency.add({{"question", asked}}, std::move(times));
    }
    to.push_back(decisions.done());
    to.push_back(latency.done());
    const auto& cache = *source_.shared->cache_counts;
    to.push_back(counter("stagedoor_permission_cache_total",
                         "Look-ups of cached permission decisions.")
                     .add({{"result", "hit"}}, cache.hits)
                     .add({{"result", "miss"}}, cache.misses)
                     .done());
  }

  void add_groups(families& to) const {
    to.push_back(by_unit(
        gauge("stagedoor_groups", "Groups that have members on the unit."),
        [](std::size_t, const unit_metrics& counted) {
          return counted.groups().value();
        }));
    to.push_back(by_unit(gauge("stagedoor_group_members",
                               "Members of groups, once for each group."),
                         [](std::size_t, const unit_metrics& counted) {
                           return counted.group_members().value();
                         }));
  }

  void add_units(families& to) const {
    to.push_back(by_unit(gauge("stagedoor_unit_queue",
                               "Messages that wait for a unit's actors, "
                               "as of its last turn."),
                         [this](std::size_t index, const unit_metrics&) {
                           return source_.units[index]->queued();
                         }));
    to.push_back(by_unit(gauge("stagedoor_unit_actors", "Actors of a unit."),
                         [this](std::size_t index, const unit_metrics&) {
                           return source_.units[index]->member_count();
                         }));
    to.push_back(by_unit(counter("stagedoor_unit_stalls_total",
                                 "How often a unit was busy for longer than "
                                 "stall-warning without a break."),
                         [](std::size_t, const unit_metrics& counted) {
                           return counted.stalls.value();
                         }));
  }

  void add_process(families& to) const {
    const auto& workers = *source_.shared->workers;
    to.push_back(gauge("stagedoor_blocking_queue",
                       "Blocking actions and permissions that wait for a "
                       "thread.")
                     .add({}, workers.waiting())
                     .done());
    to.push_back(gauge("stagedoor_blocking_workers_busy",
                       "Threads that run blocking actions and permissions.")
                     .add({}, workers.busy())
                     .done());
    to.push_back(counter("stagedoor_log_lines_dropped_total",
                         "Lines of the log that were dropped because it was "
                         "not written as fast as they came.")
                     .add({}, dropped_log_lines())
                     .done());
    if (source_.node) {
      std::uint64_t up = 0;
      std::uint64_t down = 0;
      for (const auto& peer : source_.node->peers())
        ++(peer.is_up ? up : down);
      to.push_back(gauge("stagedoor_nodes",
                         "Other nodes of the cluster that have been seen.")
                       .add({{"state", "up"}}, up)
                       .add({{"state", "down"}}, down)
                       .done());
    }
    to.push_back(gauge("caf_actors_running",
                       "Actors of the actor system that are not hidden, as "
                       "those of units are.")
                     .add({}, source_.system->registry().running())
                     .done());
  }

  metrics_source source_;
};

/// Writes the numbers in the text format of prometheus-cpp.
class text_endpoint : public metrics_endpoint {
public:
  explicit text_endpoint(std::unique_ptr<page_server> pages)
      : pages_(std::move(pages)) {}

  [[nodiscard]] std::uint16_t port() const override { return pages_->port(); }

private:
  std::unique_ptr<page_server> pages_;
};

} // namespace

caf::expected<std::unique_ptr<metrics_endpoint>>
metrics_endpoint::listen(const std::string& address, std::uint16_t port,
                         metrics_source source) {
  boost::system::error_code error;
  auto ip = asio::ip::make_address(address, error);
  if (error)
    return make_error(errc::cannot_listen,
                      "metrics-bind: \"" + address + "\" is not an IP address");
  auto text = ip.to_string();
  auto place =
      (ip.is_v6() ? '[' + text + ']' : text) + ':' + std::to_string(port);
  auto pages = page_server::listen(
      text, port, "/metrics",
      [numbers = std::make_shared<collector>(std::move(source))] {
        return prometheus::TextSerializer{}.Serialize(numbers->Collect());
      });
  if (!pages)
    return make_error(errc::cannot_listen,
                      "metrics-port: cannot listen on " + place);
  return std::unique_ptr<metrics_endpoint>{
      std::make_unique<text_endpoint>(std::move(*pages))};
}

} // namespace stagedoor
