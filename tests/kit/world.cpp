#include "stagedoor/testing/world.hpp"

#include "stagedoor/testing/virtual_server.hpp"

#include <cctype>
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

} // namespace

world::world(const edit& change)
    : world(std::make_unique<virtual_server>(change, manual_unit::beginning)) {}

world::world(std::unique_ptr<virtual_server> server)
    : server_(std::move(server)) {}

world::world(endpoint_spec only, const server_options& options) : world() {
  server_->serve({std::move(only)}, options);
}

world::world(std::vector<endpoint_spec> endpoints,
             const server_options& options)
    : world() {
  server_->serve(endpoints, options);
}

world::~world() = default;

void world::serve(std::vector<endpoint_spec> endpoints,
                  const server_options& options) {
  server_->serve(endpoints, options);
}

caf::actor_system& world::system() {
  return server_->on().system();
}

const limits& world::limits() const {
  return server_->running().limits;
}

// -- clients ------------------------------------------------------------------

pending_opening world::open(const std::string& target, const opening& request) {
  auto token =
      request.who ? token_for(*request.who, request.lifetime) : request.token;
  return {server_->on(), server_->open(request_of(target, token, request)),
          target};
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
  return server_->tokens().add(std::move(result));
}

// -- time ---------------------------------------------------------------------

void world::advance(std::chrono::milliseconds by) {
  server_->on().advance(by);
}

std::chrono::system_clock::time_point world::wall_now() const {
  return server_->on().wall_now();
}

void world::settle() {
  server_->on().settle();
}

bool world::settle_until(const std::function<bool()>& holds) {
  return server_->on().settle_until(holds);
}

void world::patience(std::chrono::milliseconds value) {
  server_->on().patience(value);
}

void world::wait_for_workers(bool value) {
  server_->wait_for_workers(value);
}

// -- the server ---------------------------------------------------------------

void world::close_user(std::string_view id) {
  server_->close_user(id);
}

void world::invalidate(std::string_view id) {
  server_->invalidate(id);
}

void world::broadcast(std::string group, event event) {
  server_->broadcast(std::move(group), std::move(event));
}

void world::push_to_user(const json::value& user_id, event event) {
  broadcast(user_group(user_id), std::move(event));
}

void world::offer(const std::string& name, const caf::actor& handle) {
  server_->offer(name, handle);
}

void world::drain() {
  server_->drain();
}

void world::stop() {
  server_->end_states();
}

std::string world::log() const {
  return server_->on().log();
}

bool world::logged(std::string_view text) const {
  return server_->on().logged(text);
}

} // namespace stagedoor::testing
