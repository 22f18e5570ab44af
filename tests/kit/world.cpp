#include "stagedoor/testing/world.hpp"

#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/actors/connections/connection.hpp"
#include "stagedoor/actors/guards/authenticator_proxy.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/actors/server/spawn_unit_roles.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/testing/token_table.hpp"
#include "stagedoor/testing/virtual_socket.hpp"
#include "stagedoor/testing/virtual_system.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <limits>
#include <utility>

namespace stagedoor::testing {

namespace {

std::string lower(std::string text) {
  for (auto& c : text)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Replaces a header, or adds it.
void put(fields& headers, const std::string& name, const std::string& value) {
  for (auto& [known, old] : headers)
    if (known == name) {
      old = value;
      return;
    }
  headers.emplace_back(name, value);
}

std::string join(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& word : words)
    result += (result.empty() ? "" : ", ") + word;
  return result;
}

opening_request request_of(std::string target, const std::string& token,
                           const opening& parts) {
  if (!token.empty())
    target +=
        (target.find('?') == std::string::npos ? "?token=" : "&token=") + token;
  opening_request result{"GET",
                         std::move(target),
                         11,
                         {{"host", "localhost"},
                          {"connection", "Upgrade"},
                          {"upgrade", "websocket"},
                          {"sec-websocket-version", "13"},
                          {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}}};
  if (!parts.subprotocols.empty())
    put(result.headers, "sec-websocket-protocol", join(parts.subprotocols));
  for (const auto& [name, value] : parts.headers)
    put(result.headers, lower(name), value);
  return result;
}

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

struct world::implementation {
  /// One client that has ever been.
  struct visitor {
    connection_actor handle;
    std::shared_ptr<virtual_socket> socket;
  };

  explicit implementation(const edit& change) : on(1, change) {
    on.when_idle([this] { return work_outside(); });
  }

  ~implementation() {
    on.when_idle({});
    on.end_members();
    if (shared)
      shared->workers->stop();
    // What they have still sent.
    on.end_members();
  }

  void serve(const std::vector<endpoint_spec>& specs,
             const server_options& options);
  [[nodiscard]] unit_roles_setup roles_of(const server_options& options);
  std::shared_ptr<virtual_socket> open(opening_request request);

  /// Lets the clients' side go on, then the worker threads.
  /// @returns whether there was anything to do.
  bool work_outside();
  bool wait_for_workers();

  /// Closes the connections of users for the notifier.
  static caf::behavior closer(caf::event_based_actor*, implementation* all);

  template <class... Ts>
  void tell_all(const Ts&... what) {
    for (const auto& each : visitors)
      caf::anon_send(each.handle, what...);
    on.settle();
  }

  [[nodiscard]] const runtime& running() const {
    if (!shared)
      throw failure("this world serves nothing yet: call serve()");
    return *shared;
  }

  virtual_system on;
  runtime_ptr shared;
  std::shared_ptr<service_directory> services =
      std::make_shared<service_directory>();
  std::vector<std::pair<std::string, caf::actor>> offered;
  endpoint_table_ptr endpoints;
  unit_roles_ptr roles;
  std::shared_ptr<token_table> tokens = std::make_shared<token_table>();
  std::shared_ptr<readiness> ready = std::make_shared<readiness>();
  std::vector<visitor> visitors;
  bool waits_for_workers = true;
  /// How many blocking jobs have not returned in time.
  std::size_t given_up = 0;
};

void world::implementation::serve(const std::vector<endpoint_spec>& specs,
                                  const server_options& options) {
  if (shared)
    throw failure("a world serves once");
  if (auto error = validate(options.limits); error != caf::none)
    throw failure("the server would not start: " + text_of(error));
  auto table = compile_endpoints(specs, options.default_permission);
  if (!table)
    throw failure("the server would not start: " + text_of(table.error()));
  if (auto error = prepare_handlers(**table); error != caf::none)
    throw failure("the server would not start: " + text_of(error));
  endpoints = std::move(*table);
  auto made = on.make_runtime(options.limits);
  if (options.log)
    for (const auto& sink : options.log->sinks())
      made->log->sinks().push_back(sink);
  made->pages = options.pages;
  made->services = services;
  made->denials = std::make_shared<denial_log>(options.limits.denials_kept_max);
  if (options.notifier)
    made->notifier = std::make_shared<const notifier>(*options.notifier);
  spawn_keepers(on.home(), made, *endpoints);
  shared = std::move(made);
  roles = spawn_unit_roles(on.home(), roles_of(options), nullptr);
  shared->notifier->begin(shared->log,
                          {caf::actor_cast<caf::actor>(roles->groups)},
                          on.system().spawn<caf::hidden>(closer, this));
  if (roles->histories)
    caf::anon_send(
        roles->histories,
        std::vector<caf::actor>{caf::actor_cast<caf::actor>(roles->groups)});
  on.settle();
}

caf::behavior world::implementation::closer(caf::event_based_actor*,
                                            implementation* all) {
  return {[all](revoke_atom order, const std::string& id) {
    for (const auto& each : all->visitors)
      caf::anon_send(each.handle, order, id);
  }};
}

unit_roles_setup
world::implementation::roles_of(const server_options& options) {
  unit_roles_setup result;
  result.shared = shared;
  result.endpoints = endpoints;
  result.users = tokens;
  if (!options.authenticator.empty())
    result.authenticator = on.home().spawn(
        token_desk, tokens,
        on.home().spawn(authenticator_proxy, options.authenticator, shared));
  else if (options.users)
    result.users = any_of_authenticators({tokens, options.users});
  return result;
}

std::shared_ptr<virtual_socket>
world::implementation::open(opening_request request) {
  const auto& bounds = running().limits;
  auto open_now =
      std::count_if(visitors.begin(), visitors.end(), [](const visitor& each) {
        return !each.socket->is_over();
      });
  const std::uint64_t id = visitors.size() + 1;
  auto socket = std::make_shared<virtual_socket>(
      on.home(), bounds, [log = shared->denials, id](std::int64_t status) {
        return explain(*log, id, status);
      });
  auto over_limit =
      static_cast<std::size_t>(open_now) >= bounds.connections_max;
  auto handle = on.home().spawn(
      connection, connection_setup{shared, endpoints, roles, socket, ready, id,
                                   over_limit});
  visitors.push_back({std::move(handle), socket});
  socket->send_head(std::move(request));
  on.settle();
  return socket;
}

bool world::implementation::work_outside() {
  bool worked = false;
  for (auto& each : visitors)
    worked |= each.socket->work();
  return worked || wait_for_workers();
}

bool world::implementation::wait_for_workers() {
  // A job is counted for a moment after its answer has come.
  constexpr std::chrono::milliseconds moment{1};
  using clock = std::chrono::steady_clock;
  if (!shared || !waits_for_workers)
    return false;
  const auto end = clock::now() + on.patience();
  given_up = std::min(given_up, shared->workers->unfinished());
  while (shared->workers->unfinished() > given_up) {
    if (on.home().await_wake(moment))
      return true;
    if (clock::now() >= end)
      given_up = shared->workers->unfinished();
  }
  return on.home().await_wake(std::chrono::milliseconds{0});
}

world::world(const edit& change)
    : impl_(std::make_unique<implementation>(change)) {}

world::world(endpoint_spec only, const server_options& options) : world() {
  impl_->serve({std::move(only)}, options);
}

world::world(std::vector<endpoint_spec> endpoints,
             const server_options& options)
    : world() {
  impl_->serve(endpoints, options);
}

world::~world() = default;

void world::serve(std::vector<endpoint_spec> endpoints,
                  const server_options& options) {
  impl_->serve(endpoints, options);
}

caf::actor_system& world::system() {
  return impl_->on.system();
}

const limits& world::limits() const {
  return impl_->running().limits;
}

// -- clients ------------------------------------------------------------------

pending_opening world::open(const std::string& target, const opening& request) {
  auto token =
      request.who ? token_for(*request.who, request.lifetime) : request.token;
  return {impl_->on, impl_->open(request_of(target, token, request)), target};
}

client world::connect(const std::string& target, const opening& request) {
  return open(target, request).expect_accepted();
}

client world::connect(const std::string& target, user visitor) {
  opening request;
  request.who = std::move(visitor);
  return connect(target, request);
}

std::string world::token_for(user owner,
                             std::optional<std::chrono::seconds> lifetime) {
  identity result{std::move(owner), std::nullopt};
  if (lifetime)
    result.expires = wall_now() + *lifetime;
  return impl_->tokens->add(std::move(result));
}

// -- time ---------------------------------------------------------------------

void world::advance(std::chrono::milliseconds by) {
  impl_->on.advance(by);
}

std::chrono::system_clock::time_point world::wall_now() const {
  return impl_->on.wall_now();
}

void world::settle() {
  impl_->on.settle();
}

bool world::settle_until(const std::function<bool()>& holds) {
  return impl_->on.settle_until(holds);
}

void world::patience(std::chrono::milliseconds value) {
  impl_->on.patience(value);
}

void world::wait_for_workers(bool value) {
  impl_->waits_for_workers = value;
}

// -- the server ---------------------------------------------------------------

void world::close_user(std::string_view id) {
  impl_->tell_all(revoke_atom_v, std::string(id));
}

void world::invalidate(std::string_view id) {
  impl_->tell_all(invalidation_order{std::string(id)});
}

void world::broadcast(std::string group, event event) {
  static_cast<void>(impl_->running()); // Else there are no groups.
  caf::anon_send(impl_->roles->groups,
                 group_broadcast{std::move(group), std::move(event)});
  impl_->on.settle();
}

void world::push_to_user(const json::value& user_id, event event) {
  broadcast(user_group(user_id), std::move(event));
}

void world::offer(const std::string& name, const caf::actor& handle) {
  impl_->offered.emplace_back(name, handle);
  impl_->services->set("world", impl_->offered);
}

void world::drain() {
  impl_->ready->drain();
  impl_->tell_all(drain_atom_v);
}

void world::stop() {
  static_cast<void>(impl_->running());
  for (const auto& each : impl_->roles->routers)
    caf::anon_send(each, drain_atom_v);
  impl_->on.settle();
}

std::string world::log() const {
  return impl_->on.log();
}

bool world::logged(std::string_view text) const {
  return impl_->on.logged(text);
}

} // namespace stagedoor::testing
