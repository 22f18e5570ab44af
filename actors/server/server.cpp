#include "stagedoor/actors/server/server.hpp"

#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/actors/cluster/node_address.hpp"
#include "stagedoor/actors/connections/listener.hpp"
#include "stagedoor/actors/description/endpoint_checks.hpp"
#include "stagedoor/actors/groups/group_hub.hpp"
#include "stagedoor/actors/handlers/key_board.hpp"
#include "stagedoor/actors/operators/admin.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/operators/metrics_endpoint.hpp"
#include "stagedoor/actors/operators/watchdog.hpp"
#include "stagedoor/actors/server/descriptor_limit.hpp"
#include "stagedoor/actors/server/graceful_end.hpp"
#include "stagedoor/actors/server/make_runtime.hpp"
#include "stagedoor/actors/server/make_socket_loops.hpp"
#include "stagedoor/actors/server/node_readiness.hpp"
#include "stagedoor/actors/server/server_limits.hpp"
#include "stagedoor/actors/server/spawn_unit_roles.hpp"
#include "stagedoor/actors/sockets/tcp_acceptor.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/actors/units/io_unit.hpp"
#include "stagedoor/actors/units/log_limits.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_system_config.hpp"
#include "caf/scoped_actor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace stagedoor {

namespace {

/// Checks what a server is started with.
caf::error check(const caf::actor_system& sys, const server_options& options) {
  if (!caf_api::has_errors(sys.config()))
    return invalid_option("stagedoor::configure was not called on the "
                          "configuration before the actor system was made");
  if (auto error = validate(options.limits); error != caf::none)
    return error;
  if (auto error = validate(options.pages); error != caf::none)
    return error;
  if (auto error = check_drain_delay(options.drain_delay); error != caf::none)
    return error;
  if (auto error = check_spin(options.spin); error != caf::none)
    return error;
  for (const auto& each : options.health_checks)
    if (each.name.empty() || each.name == "ready" || !each.passes)
      return invalid_option("health_checks: a check has a name, which is not "
                            "\"ready\", and a function");
  if (auto fault = options.authenticator.fault();
      !fault.empty() && !options.authenticator.empty())
    return invalid_option("authenticator: is " + fault);
  return caf::none;
}

/// Opens the admin endpoint, on the first unit.
caf::expected<std::shared_ptr<tcp_acceptor>>
listen_for_operators(const admin_options& options, io_unit& home,
                     const limits& bounds) {
  if (options.token.size() < admin_options::token_bytes_min)
    return invalid_option("admin: the token must have "
                          + std::to_string(admin_options::token_bytes_min)
                          + " bytes or more");
  auto opened =
      tcp_acceptor::listen({&home}, options.bind, options.port, bounds);
  if (!opened)
    return make_error(errc::cannot_listen, "admin-" + text_of(opened.error()));
  return opened;
}

} // namespace

struct server::implementation {
  implementation(caf::actor_system& system, runtime_ptr rt,
                 endpoint_table_ptr table)
      : sys(system), shared(std::move(rt)), endpoints(std::move(table)) {}

  ~implementation() { stop(); }

  void start(const server_options& options);
  void offer_to_nodes(const node_roles& here);
  void withdraw(std::vector<std::pair<std::string, caf::actor>>& offers);
  void drain();
  [[nodiscard]] bool is_drained() const;
  void stop();

  caf::actor_system& sys;
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
  std::vector<std::unique_ptr<io_unit>> units;
  std::shared_ptr<tcp_acceptor> acceptor;
  std::vector<unit_roles_ptr> roles;
  /// Null if it stands alone.
  cluster_ptr node;
  /// What other nodes get of it, by service: its handlers, and the rest.
  std::vector<std::pair<std::string, caf::actor>> offered_handlers;
  std::vector<std::pair<std::string, caf::actor>> offered;
  listener_actor listener;
  /// Null without an admin endpoint.
  std::shared_ptr<tcp_acceptor> admin_acceptor;
  admin_actor operators;
  std::unique_ptr<watchdog> guard;
  /// Null without metrics.
  std::unique_ptr<metrics_endpoint> numbers;
  std::shared_ptr<readiness> ready;
  limits::duration drain_delay{0};
  std::mutex drained_mutex;
  std::condition_variable drained_changed;
  /// Its own clients have gone.
  bool drained = false;
  /// Other nodes have handed on their last message by then.
  std::chrono::steady_clock::time_point withdrawn;
};

void server::implementation::start(const server_options& options) {
  node = options.cluster;
  drain_delay = options.drain_delay;
  const auto here = node ? node->roles() : node_roles{};
  unit_roles_setup all{shared, endpoints, here.handlers, options.users,
                       options.authenticator};
  for (auto& home : units) {
    roles.push_back(
        spawn_unit_roles(*home, all, roles.empty() ? nullptr : roles[0].get()));
    home->start();
  }
  auto hubs = connect_units(roles);
  listener_setup setup;
  setup.shared = shared;
  // Beside health checks there is nothing for clients on a node without them.
  setup.endpoints =
      here.front ? endpoints : std::make_shared<const endpoint_table>();
  for (std::size_t i = 0; i < units.size(); ++i)
    setup.units.push_back({units[i].get(), roles[i]});
  setup.acceptor = acceptor;
  ready = std::make_shared<readiness>(
      node ? readiness_of_node(shared, endpoints) : nullptr,
      options.health_checks);
  setup.ready = ready;
  setup.on_drained = [this] {
    {
      std::lock_guard lock{drained_mutex};
      drained = true;
    }
    drained_changed.notify_all();
  };
  listener = units[0]->spawn(stagedoor::listener, std::move(setup));
  shared->notifier->begin(shared->log, std::move(hubs),
                          caf::actor_cast<caf::actor>(listener));
  offer_to_nodes(here);
  if (admin_acceptor)
    operators =
        units[0]->spawn(admin, admin_setup{shared, endpoints, admin_acceptor,
                                           options.admin->token, listener});
  std::vector<const io_unit*> watched;
  for (const auto& home : units)
    watched.push_back(home.get());
  guard = std::make_unique<watchdog>(std::move(watched), shared);
}

void server::implementation::offer_to_nodes(const node_roles& here) {
  if (!node)
    return;
  auto offer = [this](auto& among, const std::string& service, auto& handle) {
    among.emplace_back(service, caf::actor_cast<caf::actor>(handle));
    node->offer(service, among.back().second);
  };
  const auto name_of = [this](std::string_view service) {
    return shared->server_name + std::string(service);
  };
  offer(offered, name_of(groups_service), roles.front()->groups);
  offer(offered, name_of(listeners_service), listener);
  for (const auto& [service, keeper] : offers_of_keepers(*shared))
    offer(offered, service, keeper);
  if (here.handlers)
    for (const auto& entry : *endpoints)
      for (const auto& of_unit : roles)
        offer(offered_handlers, handlers_service(*shared, entry),
              of_unit->answerers[entry.index]);
}

void server::implementation::withdraw(
    std::vector<std::pair<std::string, caf::actor>>& offers) {
  for (const auto& [service, handle] : std::exchange(offers, {}))
    node->withdraw(service, handle);
}

void server::implementation::drain() {
  if (!offered_handlers.empty())
    withdrawn =
        std::chrono::steady_clock::now() + server_limits::withdrawal_time;
  withdraw(offered_handlers);
  if (shared->keys)
    caf::anon_send(shared->keys->keeper(), drain_atom_v);
  caf::anon_send(listener, drain_atom_v);
}

bool server::implementation::is_drained() const {
  return drained && *shared->relayed_open == 0
         && std::chrono::steady_clock::now() >= withdrawn;
}

void server::implementation::stop() {
  withdraw(offered_handlers);
  end_states(roles, *endpoints, *shared);
  hand_over_keys(sys, *shared);
  withdraw(offered);
  give_up_keys(sys, *shared);
  guard.reset();
  // The listener first: it spawns on all units.
  if (listener)
    caf::anon_send_exit(listener, caf::exit_reason::kill);
  if (operators)
    caf::anon_send_exit(operators, caf::exit_reason::kill);
  for (auto& home : units)
    home->stop();
  // Here, and not when the last job lets go of the runtime: that would be in
  // one of the threads to wait for, after the actor system may have gone.
  if (shared->workers)
    shared->workers->stop();
  numbers.reset();
  flush_background_log(log_limits::flush_timeout);
}

server::server(std::unique_ptr<implementation> impl) : impl_(std::move(impl)) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;
server::~server() = default;

std::uint16_t server::port() const {
  return impl_->acceptor->port();
}

void server::announce_drain() {
  impl_->ready->announce_drain();
}

void server::drain() {
  impl_->drain();
}

bool server::wait_drained(std::chrono::milliseconds timeout) {
  // Of messages from other nodes nobody tells that the last one is answered.
  const auto until = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock{impl_->drained_mutex};
  while (!impl_->is_drained()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    impl_->drained_changed.wait_for(lock, server_limits::look_interval);
  }
  return true;
}

void server::run_until(termination_signals& signals) {
  end_gracefully(*this, signals, *impl_->shared, impl_->drain_delay);
}

void server::stop() {
  impl_->stop();
}

void server::close_user(std::string_view id) {
  caf::anon_send(impl_->listener, revoke_atom_v, std::string(id));
}

void server::broadcast(std::string group, event event) {
  caf::anon_send(impl_->roles.front()->groups,
                 group_broadcast{std::move(group), std::move(event)});
}

void server::push_to_user(const json::value& user_id, event event) {
  broadcast(user_group(user_id), std::move(event));
}

caf::error server::invalidate(std::string_view id) {
  caf::error result;
  caf::scoped_actor self{impl_->sys};
  self->request(impl_->listener, caf::infinite, invalidate_atom_v,
                std::string(id))
      .receive([] {}, [&](const caf::error& error) { result = error; });
  return result;
}

const notifier& server::notifier() const {
  return *impl_->shared->notifier;
}

const decision_cache_counts& server::cache_counts() const {
  return *impl_->shared->cache_counts;
}

std::uint16_t server::admin_port() const {
  return impl_->admin_acceptor ? impl_->admin_acceptor->port()
                               : std::uint16_t{0};
}

std::uint16_t server::metrics_port() const {
  return impl_->numbers ? impl_->numbers->port() : std::uint16_t{0};
}

listener_actor server::listener() const {
  return impl_->listener;
}

std::vector<std::size_t> server::connections() const {
  std::vector<std::size_t> result;
  caf::scoped_actor self{impl_->sys};
  self->request(impl_->listener, std::chrono::seconds{5}, caf::get_atom_v)
      .receive(
          [&](connection_counts& counts) {
            result = std::move(counts.by_unit);
          },
          [](const caf::error&) {});
  return result;
}

permission_pool_actor server::permission_pool(std::size_t unit) const {
  return impl_->roles.at(unit)->pool;
}

caf::expected<server> serve(caf::actor_system& sys,
                            const server_options& options,
                            const std::vector<endpoint_spec>& endpoints) {
  if (auto error = check(sys, options); error != caf::none)
    return error;
  auto table = compile_endpoints(endpoints, options.default_permission);
  if (!table)
    return std::move(table.error());
  if (auto error = prepare_endpoints(**table, options.cluster.get());
      error != caf::none)
    return error;
  auto shared = make_runtime(sys, options);
  for (const auto& line : find_unreachable(**table))
    shared->log->warn("{}", line);
  raise_descriptor_limit(shared->limits, *shared->log);
  auto impl = std::make_unique<server::implementation>(sys, shared, *table);
  auto threads =
      options.threads != 0
          ? options.threads
          : std::max<std::size_t>(1, std::thread::hardware_concurrency());
  auto io = make_socket_loops(options.io, threads);
  if (io.loops.empty())
    return invalid_option("io: uring is not available: " + io.fault);
  std::vector<io_unit*> homes;
  for (std::size_t i = 0; i < threads; ++i) {
    impl->units.push_back(std::make_unique<io_unit>(
        sys, i, std::move(io.loops[i]), options.limits.resumes_per_turn_max,
        options.spin));
    homes.push_back(impl->units.back().get());
    homes.back()->set_direct(options.direct_delivery);
  }
  auto acceptor =
      tcp_acceptor::listen(homes, options.bind, options.port, shared->limits);
  if (!acceptor)
    return std::move(acceptor.error());
  impl->acceptor = std::move(*acceptor);
  if (options.admin) {
    auto opened =
        listen_for_operators(*options.admin, *impl->units[0], shared->limits);
    if (!opened)
      return std::move(opened.error());
    impl->admin_acceptor = std::move(*opened);
    shared->denials =
        std::make_shared<denial_log>(options.limits.denials_kept_max);
  }
  shared->workers = std::make_shared<blocking_workers>(
      options.limits.blocking_workers, options.limits.blocking_queue_max);
  if (options.metrics) {
    shared->metrics =
        std::make_shared<server_metrics>(threads, options.metrics->sample);
    auto opened =
        metrics_endpoint::listen(options.metrics->bind, options.metrics->port,
                                 {&sys,
                                  shared,
                                  {homes.begin(), homes.end()},
                                  options.cluster,
                                  *table,
                                  options.metrics->own});
    if (!opened)
      return std::move(opened.error());
    impl->numbers = std::move(*opened);
  }
  spawn_keepers(*impl->units[0], shared, **table);
  impl->start(options);
  shared->log->info("listening on {} (threads: {}, I/O: {})",
                    node_address{options.bind, impl->acceptor->port()}.text(),
                    threads, io.text());
  return server{std::move(impl)};
}

} // namespace stagedoor
