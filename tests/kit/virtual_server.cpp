#include "stagedoor/testing/virtual_server.hpp"

#include "stagedoor/actors/cluster/request_answerer.hpp"
#include "stagedoor/actors/connections/listener.hpp"
#include "stagedoor/actors/description/notifier.hpp"
#include "stagedoor/actors/groups/group_hub.hpp"
#include "stagedoor/actors/guards/authenticator_proxy.hpp"
#include "stagedoor/actors/handlers/key_keeper.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/actors/server/node_readiness.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/testing/failure.hpp"

#include "caf/send.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace stagedoor::testing {

namespace {

/// What the permissions have answered to the last request of a connection that
/// was denied with this status.
std::string explain(const denial_log& log, std::uint64_t connection_id,
                    std::int64_t status) {
  constexpr std::int64_t usual_status = 403;
  auto all = log.last(std::numeric_limits<std::size_t>::max());
  auto last = std::find_if(all.begin(), all.end(), [&](const denial& each) {
    return each.connection_id == connection_id;
  });
  if (last == all.end()
      || (last->answer.status == 0 ? usual_status : last->answer.status)
             != status)
    return {};
  std::string result = "\nthe permissions:\n";
  for (const auto& part : last->tree)
    result += to_text(part, 1);
  result.pop_back(); // The end of the last line.
  return result;
}

} // namespace

virtual_server::virtual_server(const virtual_system::edit& change,
                               unit::clock::time_point start)
    : on_(1, change, start) {
  on_.when_idle([this] { return work_outside(); });
}

virtual_server::~virtual_server() {
  on_.led_by(nullptr);
  on_.when_idle({});
  on_.end_members();
  if (end_of_node_)
    end_of_node_();
  if (shared_)
    shared_->workers->stop();
  // What they have still sent.
  on_.end_members();
}

const runtime& virtual_server::running() const {
  if (!shared_)
    throw failure("this world serves nothing yet: call serve()");
  return *shared_;
}

// -- the start ----------------------------------------------------------------

void virtual_server::serve(const std::vector<endpoint_spec>& specs,
                           const server_options& options) {
  if (shared_)
    throw failure("a world serves once");
  if (auto error = validate(options.limits); error != caf::none)
    throw failure("the server would not start: " + text_of(error));
  auto table = compile_endpoints(specs, options.default_permission);
  if (!table)
    throw failure("the server would not start: " + text_of(table.error()));
  if (auto error = prepare_endpoints(**table, node_.get()); error != caf::none)
    throw failure("the server would not start: " + text_of(error));
  endpoints_ = std::move(*table);
  auto bounds = options.limits;
  if (waits_for_all_) {
    // So that jobs end in one order. As many may wait and run as before.
    bounds.blocking_queue_max += bounds.blocking_workers - 1;
    bounds.blocking_workers = 1;
  }
  auto made = on_.make_runtime(bounds);
  if (options.log)
    for (const auto& sink : options.log->sinks())
      made->log->sinks().push_back(sink);
  made->pages = options.pages;
  made->services = node_ ? node_->services() : services_;
  made->cluster = node_;
  made->denials = std::make_shared<denial_log>(bounds.denials_kept_max);
  if (options.notifier)
    made->notifier = std::make_shared<const notifier>(*options.notifier);
  spawn_keepers(on_.home(), made, *endpoints_);
  shared_ = std::move(made);
  start(options);
  on_.settle();
}

void virtual_server::start(const server_options& options) {
  roles_ = spawn_unit_roles(on_.home(), roles_of(options), nullptr);
  auto hubs = connect_units({roles_});
  ready_ = std::make_shared<readiness>(
      node_ ? readiness_of_node(shared_, endpoints_) : nullptr,
      options.health_checks);
  listener_setup setup;
  setup.shared = shared_;
  setup.endpoints = !node_ || node_->roles().front
                        ? endpoints_
                        : std::make_shared<const endpoint_table>();
  setup.units.push_back({&on_.home(), roles_});
  setup.acceptor = acceptor_;
  setup.ready = ready_;
  setup.on_drained = [] {};
  setup.next_id = [this] { return first_connection_ + connections_++; };
  listener_ = on_.home().spawn(listener, std::move(setup));
  shared_->notifier->begin(shared_->log, std::move(hubs),
                           caf::actor_cast<caf::actor>(listener_));
  if (node_)
    offer_to_nodes();
}

unit_roles_setup virtual_server::roles_of(const server_options& options) {
  unit_roles_setup result;
  result.shared = shared_;
  result.endpoints = endpoints_;
  result.runs_handlers = !node_ || node_->roles().handlers;
  result.users = tokens_;
  if (!options.authenticator.empty())
    result.authenticator = on_.home().spawn(
        token_desk, tokens_,
        on_.home().spawn(authenticator_proxy, options.authenticator, shared_));
  else if (options.users)
    result.users = any_of_authenticators({tokens_, options.users});
  return result;
}

void virtual_server::offer_to_nodes() {
  const auto offer = [this](auto& among, const std::string& service,
                            const auto& handle) {
    among.emplace_back(service, caf::actor_cast<caf::actor>(handle));
    node_->offer(service, among.back().second);
  };
  const auto name_of = [this](std::string_view service) {
    return shared_->server_name + std::string(service);
  };
  offer(offered_roles_, name_of(groups_service), roles_->groups);
  offer(offered_roles_, name_of(listeners_service), listener_);
  for (const auto& [service, keeper] : offers_of_keepers(*shared_))
    offer(offered_roles_, service, keeper);
  if (node_->roles().handlers)
    for (const auto& entry : *endpoints_)
      offer(offered_handlers_, handlers_service(*shared_, entry),
            roles_->answerers[entry.index]);
}

// -- clients ------------------------------------------------------------------

std::shared_ptr<virtual_socket> virtual_server::open(opening_request request) {
  const auto& bounds = running().limits;
  const std::uint64_t number = sockets_.size() + 1;
  auto socket = std::make_shared<virtual_socket>(
      on_.home(), bounds,
      [log = shared_->denials, id = first_connection_ + number - 1](
          std::int64_t status) { return explain(*log, id, status); });
  if (heard_)
    socket->hear_texts([this, number](text_way way, std::string_view text) {
      heard_(number, way, text);
    });
  sockets_.push_back(socket);
  socket->send_head(std::move(request));
  acceptor_->bring(socket);
  on_.settle();
  return socket;
}

void virtual_server::die() {
  for (const auto& each : sockets_)
    each->vanish();
}

bool virtual_server::work_outside() {
  auto worked = acceptor_->work();
  for (auto& each : sockets_)
    worked |= each->work();
  return worked || await_workers();
}

bool virtual_server::await_workers() {
  // A job is counted for a moment after its answer has come.
  constexpr std::chrono::milliseconds moment{1};
  using clock = std::chrono::steady_clock;
  if (!shared_ || !waits_for_workers_)
    return false;
  const auto end = clock::now() + on_.patience();
  given_up_ = std::min(given_up_, shared_->workers->unfinished());
  bool has_waked = false;
  while (shared_->workers->unfinished() > given_up_) {
    has_waked |= on_.await_wake(moment);
    if (has_waked && !waits_for_all_)
      return true;
    if (clock::now() >= end)
      given_up_ = shared_->workers->unfinished();
  }
  return on_.await_wake(std::chrono::milliseconds{0}) || has_waked;
}

// -- what `server` does -------------------------------------------------------

void virtual_server::close_user(std::string_view id) {
  static_cast<void>(running());
  caf::anon_send(listener_, revoke_atom_v, std::string(id));
  on_.settle();
}

void virtual_server::invalidate(std::string_view id) {
  static_cast<void>(running());
  caf::anon_send(listener_, invalidate_atom_v, std::string(id));
  on_.settle();
}

void virtual_server::broadcast(std::string group, event event) {
  static_cast<void>(running()); // Else there are no groups.
  caf::anon_send(roles_->groups,
                 group_broadcast{std::move(group), std::move(event)});
  on_.settle();
}

void virtual_server::drain() {
  static_cast<void>(running());
  withdraw(offered_handlers_);
  if (shared_->keys)
    caf::anon_send(shared_->keys->keeper(), drain_atom_v);
  caf::anon_send(listener_, drain_atom_v);
  on_.settle();
}

void virtual_server::end_states() {
  static_cast<void>(running());
  for (const auto& each : roles_->routers)
    caf::anon_send(each, drain_atom_v);
  on_.settle();
}

void virtual_server::withdraw(
    std::vector<std::pair<std::string, caf::actor>>& offers) {
  for (const auto& [service, handle] : std::exchange(offers, {}))
    node_->withdraw(service, handle);
}

void virtual_server::stop() {
  end_states();
  withdraw(offered_handlers_);
  if (shared_->once_keeper)
    caf::anon_send(caf::actor_cast<once_keeper_actor>(shared_->once_keeper),
                   caf::close_atom_v);
  on_.settle();
  withdraw(offered_roles_);
  if (shared_->keys)
    caf::anon_send(shared_->keys->keeper(), caf::close_atom_v);
  on_.settle();
}

void virtual_server::offer(const std::string& name, const caf::actor& handle) {
  if (node_) {
    node_->offer(name, handle);
    return;
  }
  offered_.emplace_back(name, handle);
  services_->set("world", offered_);
}

} // namespace stagedoor::testing
