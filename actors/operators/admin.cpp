#include "stagedoor/actors/operators/admin.hpp"

#include "stagedoor/actors/operators/access_matrix.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/actors/operators/operator_limits.hpp"
#include "stagedoor/actors/sockets/socket_limits.hpp"
#include "stagedoor/permissions/decision_cache.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/websocket/bearer_token.hpp"
#include "stagedoor/protocol/websocket/request_target.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <spdlog/spdlog.h>

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace stagedoor {

namespace {

using digest = std::array<unsigned char, 32>;

/// Compares texts in a time that tells nothing about either.
bool is_same_secret(std::string_view left, std::string_view right) {
  digest a{};
  digest b{};
  const auto hash = [](std::string_view text, digest& out) {
    return EVP_Digest(text.data(), text.size(), out.data(), nullptr,
                      EVP_sha256(), nullptr)
           == 1;
  };
  return hash(left, a) && hash(right, b)
         && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

http_answer answer(unsigned status, const json::value& body) {
  return {status, {}, to_json(body)};
}

http_answer refuse(unsigned status, std::string_view detail,
                   std::string_view code) {
  return answer_of(status, detail, code);
}

/// The number under `count`; nothing if there is something else.
std::optional<std::size_t> count_of(const fields& query) {
  const auto* text = find_field(query, "count");
  if (text == nullptr)
    return std::numeric_limits<std::size_t>::max();
  std::size_t result = 0;
  auto [end, error] =
      std::from_chars(text->data(), text->data() + text->size(), result);
  if (error != std::errc{} || end != text->data() + text->size())
    return std::nullopt;
  return result;
}

} // namespace

admin_state::admin_state(pointer self)
    : self_(self), retry_([self] {
        caf::anon_send(caf::actor_cast<admin_actor>(self), retry_atom_v);
      }) {}

admin_state::~admin_state() {
  if (setup_.acceptor)
    setup_.acceptor->close();
  for (auto& [id, open] : sessions_)
    open.client->abort();
}

admin_actor::behavior_type admin_state::start(admin_setup setup) {
  setup_ = std::move(setup);
  accept_next();
  return {
      [this](retry_atom) { accept_next(); },
      [this](expired_atom, std::uint64_t id) { expired(id); },
  };
}

// -- sockets ------------------------------------------------------------------

void admin_state::accept_next() {
  if (accepting_ || sessions_.size() >= operator_limits::admin_requests_max)
    return;
  accepting_ = true;
  setup_.acceptor->accept(
      0,
      [this](socket_accepted event) { self_->enter([&] { accepted(event); }); },
      [this](const accept_failed& event) {
        self_->enter([&] { failed(event); });
      });
}

void admin_state::accepted(socket_accepted& event) {
  accepting_ = false;
  const auto id = sessions_.reserve();
  auto& added = sessions_
                    .add_reserved(id, *this, id, std::move(event.socket),
                                  sends_expired(self_, id))
                    .request;
  self_->home().arm(added.due, setup_.shared->limits.handshake_timeout);
  added.client->read_head(added);
  accept_next();
}

void admin_state::failed(const accept_failed&) {
  accepting_ = false;
  self_->home().arm(retry_, socket_limits::accept_retry_delay);
}

void admin_state::happened(std::uint64_t id, const transport_event& event) {
  auto* known = sessions_.find(id);
  if (known == nullptr)
    return;
  auto& client = *known->client;
  const auto retry_after = setup_.shared->limits.retry_after;
  if (const auto* head = std::get_if<head_arrived>(&event.what)) {
    if (auto answer = serve(id, head->request))
      client.answer(*answer);
  } else if (const auto* bad = std::get_if<head_refused>(&event.what)) {
    client.answer(answer_of(bad->reason, retry_after));
  } else if (std::holds_alternative<transport_ended>(event.what)) {
    sessions_.take(id);
    accept_next();
  }
}

void admin_state::expired(std::uint64_t id) {
  auto ended = sessions_.take(id);
  if (!ended)
    return;
  ended.mapped().client->abort();
  accept_next();
}

// -- requests -----------------------------------------------------------------

/// @returns nothing if the answer comes later.
std::optional<http_answer> admin_state::serve(std::uint64_t id,
                                              const opening_request& request) {
  scope where;
  if (!parse_target(request.target, where.path, where.query)
      || has_two_authorizations(request.headers))
    return refuse(400, "Bad request", "bad_request");
  auto headers = request.headers;
  const auto given = take_token(headers, where.query, {}, {});
  // In the query it would end up in the logs of proxies.
  if (given.from != bearer_token::source::header
      || !is_same_secret(given.token, setup_.token)) {
    setup_.shared->log->warn("admin: a request without the token");
    return refuse(401, "Invalid credentials", "bad_credentials");
  }
  if (request.method == "GET")
    return read(where.path, where.query);
  if (request.method == "POST")
    return order(id, where.path, where.query);
  auto wrong = refuse(405, "Method not allowed", "method_not_allowed");
  wrong.headers.emplace_back("Allow", "GET, POST");
  return wrong;
}

http_answer admin_state::read(const std::string& path, const fields& query) {
  const auto& shared = *setup_.shared;
  if (path == "/denials") {
    const auto count = count_of(query);
    if (!count)
      return refuse(400, "count: A valid integer is required.", "bad_request");
    json::array denials;
    for (const auto& entry : shared.denials->last(*count))
      denials.emplace_back(to_json_object(entry));
    return answer(200, {{"denials", std::move(denials)}});
  }
  if (path == "/permissions")
    return {
        200,
        {},
        render(collect_permissions(*setup_.endpoints), matrix_format::json)};
  if (path == "/cache")
    return answer(200, {{"hits", shared.cache_counts->hits.load()},
                        {"misses", shared.cache_counts->misses.load()}});
  return refuse(404, "Not found", "not_found");
}

std::optional<http_answer> admin_state::order(std::uint64_t id,
                                              const std::string& path,
                                              const fields& query) {
  const auto* user = find_field(query, "user");
  // A variable of a script that was not set must not mean everybody.
  if (user != nullptr && user->empty())
    return refuse(400, "user: This field may not be blank.", "bad_request");
  if (path == "/users/close") {
    if (user == nullptr)
      return refuse(400, "user: This field is required.", "bad_request");
    self_->send(setup_.listener, revoke_atom_v, *user);
    setup_.shared->log->info("admin: closes the connections of user {}",
                             to_json(json::value(json::string(*user))));
    return answer(202, {{"user", *user}});
  }
  if (path == "/cache/invalidate") {
    invalidate(id, user != nullptr ? *user : std::string{});
    return std::nullopt;
  }
  return refuse(404, "Not found", "not_found");
}

/// Answers when the guards of groups have been asked again on all nodes.
void admin_state::invalidate(std::uint64_t id, const std::string& user) {
  const auto& bounds = setup_.shared->limits;
  self_->home().arm(sessions_.at(id).due,
                    bounds.invalidate_timeout + bounds.handshake_timeout);
  const auto answer_with = [this, id](const http_answer& text) {
    if (auto* known = sessions_.find(id))
      known->client->answer(text);
  };
  self_->request(setup_.listener, caf::infinite, invalidate_atom_v, user)
      .then(
          [answer_with, user] {
            answer_with(answer(200, {{"user", user}}));
          },
          [answer_with](const caf::error& error) {
            answer_with(refuse(to_reply(code_of(error)).status, text_of(error),
                               "not_invalidated"));
          });
}

admin_actor::behavior_type admin(admin_state::pointer self, admin_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
