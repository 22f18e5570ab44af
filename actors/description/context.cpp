#include "stagedoor/actors/description/context.hpp"

#include "stagedoor/actors/denial_error.hpp"
#include "stagedoor/actors/messages.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/send.hpp"

#include <utility>
#include <variant>

namespace stagedoor {

outcome detail::begin_task(const context& ctx, task<reply> work) {
  return ctx.services_->begin(ctx.scope_->connection_id, std::move(work));
}

deferred context::begin(task<reply> work) const {
  auto begun = detail::begin_task(*this, std::move(work));
  if (auto* later = std::get_if<deferred>(&begun))
    return std::move(*later);
  auto done = defer();
  done.answer(std::get<reply>(std::move(begun)));
  return done;
}

void context::push(event event) const {
  caf::anon_send(connection_, std::move(event));
}

void context::broadcast(std::string group, event event) const {
  self()->send(services_->groups(),
               group_broadcast{std::move(group), std::move(event)});
}

void context::broadcast_to_others(std::string group, event event) const {
  self()->send(services_->groups(),
               group_broadcast{std::move(group), std::move(event),
                               address_of(connection_)});
}

void context::push_to_user(const json::value& user_id, event event) const {
  broadcast(user_group(user_id), std::move(event));
}

template <class... Order>
deferred context::change_group(reply then, Order... order) const {
  auto later = defer();
  self()
      ->request(caf::actor_cast<connection_actor>(connection_), caf::infinite,
                std::move(order)...)
      .then(
          [later, then = std::move(then)] { later.answer(then); },
          [later](const caf::error& error) { later.answer(to_reply(error)); });
  return later;
}

deferred context::join(std::string group, reply then) const {
  return change_group(std::move(then), caf::join_atom_v, std::move(group),
                      sequence_);
}

deferred context::join(std::string group, const json::value& meta,
                       reply then) const {
  return change_group(std::move(then), caf::join_atom_v, std::move(group),
                      meta_text(meta), sequence_);
}

deferred context::update_meta(std::string group, const json::value& meta,
                              reply then) const {
  return change_group(std::move(then), caf::update_atom_v, std::move(group),
                      meta_text(meta));
}

deferred context::leave(std::string group, reply then) const {
  return change_group(std::move(then), caf::leave_atom_v, std::move(group));
}

void context::members(std::string group,
                      std::function<void(const member_list&)> then) const {
  self()
      ->request(services_->groups(), caf::infinite, caf::get_atom_v,
                std::move(group), group_reach::cluster)
      .then([then = std::move(then)](const member_list& list) { then(list); },
            [](const caf::error&) {}); // Its unit ends.
}

deferred context::members(const std::string& group) const {
  auto later = defer();
  members(group, [later, group](const member_list& list) {
    later.answer(ok(to_json_object(group, list)));
  });
  return later;
}

} // namespace stagedoor
