#include "stagedoor/testing/far_actors.hpp"

#include "stagedoor/actors/caf_api/actors.hpp"
#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/caf_api/errors.hpp"

#include "caf/actor_proxy.hpp"
#include "caf/actor_registry.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/exit_reason.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/make_actor.hpp"

#if STAGEDOOR_CAF_1
#include "caf/detail/actor_system_access.hpp"
#include "caf/detail/sync_request_bouncer.hpp"
#else
#include "caf/detail/sync_request_bouncer.hpp"
#endif

#include <memory>
#include <utility>

namespace stagedoor::caf_api {

namespace {

// What the first byte says of the others.
/// A message for an actor.
constexpr std::uint8_t for_actor = 0;
/// Somebody has a handle of an actor, and wants to know when it ends.
constexpr std::uint8_t watching_it = 1;
/// An actor has ended.
constexpr std::uint8_t has_gone = 2;

#if !STAGEDOOR_CAF_1
/// CAF 0.17 has no setter. An explicit instantiation may name what is private.
struct node_of_system {
  using type = caf::node_id caf::actor_system::*;
  friend type member_of(node_of_system);
};

template <class Tag, typename Tag::type Member>
struct opened {
  friend typename Tag::type member_of(Tag) { return Member; }
};

template struct opened<node_of_system, &caf::actor_system::node_>;
#endif

} // namespace

/// Stands for an actor of another system.
class far_actors::proxy final : public caf::actor_proxy {
public:
  proxy(caf::actor_config& cfg, far_actors& owner)
      : caf::actor_proxy(cfg), owner_(&owner) {}

#if STAGEDOOR_CAF_1
  bool enqueue(caf::mailbox_element_ptr what, caf::scheduler*) override {
    if (owner_ == nullptr)
      return false;
    owner_->send(*this, *what);
    return true;
  }

  void kill_proxy(caf::scheduler* at, caf::error why) override {
    owner_ = nullptr;
    cleanup(std::move(why), at);
  }

  const char* name() const override {
    return "stagedoor.testing.far_actor";
  }

#if STAGEDOOR_CAF_2
  bool try_force_close_mailbox() override {
    return true;
  }
#else
  void force_close_mailbox() override {}
#endif
#else
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (owner_ != nullptr)
      owner_->send(*this, *what);
  }

  void kill_proxy(caf::execution_unit* at, caf::error why) override {
    owner_ = nullptr;
    cleanup(std::move(why), at);
  }
#endif

private:
  /// Null when the link is lost or the actor has ended.
  far_actors* owner_;
};

far_actors::far_actors(caf::actor_system& sys, far_ways& ways)
    : system_(sys), ways_(&ways), proxies_(sys, *this),
#if !STAGEDOOR_CAF_1
      context_(&sys),
#endif
      self_(std::make_shared<far_actors*>(this)) {
#if !STAGEDOOR_CAF_1
  context_.proxy_registry_ptr(&proxies_);
#endif
}

far_actors::~far_actors() {
  end();
  *self_ = nullptr;
}

void far_actors::end() {
  close();
  proxies_.clear();
  // What was written is kept there until it ends. CAF does not survive actors
  // that are still there when it destroys its registry.
  const auto last = system_.latest_actor_id();
  for (caf::actor_id id = 1; id <= last; ++id)
    system_.registry().erase(id);
}

void far_actors::take(const caf::node_id& from,
                      const std::vector<char>& bytes) {
  STAGEDOOR_ASSERT(!bytes.empty());
  const auto kind = static_cast<std::uint8_t>(bytes.front());
  const std::vector<char> content{bytes.begin() + 1, bytes.end()};
  if (kind == for_actor) {
    take_message(content);
    return;
  }
  std::uint64_t actor = 0;
  caf::error reason;
  if (kind == watching_it) {
    if (read(content, actor))
      watch(from, actor);
  } else if (read(content, actor, reason)) {
    proxies_.erase(from, actor, std::move(reason));
  }
}

void far_actors::lose(const caf::node_id& system) {
  proxies_.erase(system);
}

/// @returns null where no link leads to, as CAF does.
caf::strong_actor_ptr far_actors::make_proxy(caf::node_id system,
                                             caf::actor_id id) {
  if (ways_ == nullptr || !ways_->leads_to(system))
    return nullptr;
  caf::actor_config cfg;
  auto result = caf::make_actor<proxy, caf::strong_actor_ptr>(
      id, system, &system_, cfg, *this);
  auto bytes = write(watching_it, std::uint64_t{id});
  ways_->carry(system, std::move(bytes));
  return result;
}

void far_actors::send(const proxy& receiver, caf::mailbox_element& what) {
  if (ways_ == nullptr)
    return;
#if STAGEDOOR_CAF_1
  auto bytes = write(for_actor, std::uint64_t{receiver.id()}, what.sender,
                     what.mid.integer_value(), what.payload);
#else
  auto bytes = write(for_actor, std::uint64_t{receiver.id()}, what.sender,
                     what.mid.integer_value(), what.stages,
                     what.move_content_to_message());
#endif
  if (!bytes.empty())
    ways_->carry(receiver.node(), std::move(bytes));
}

void far_actors::take_message(const std::vector<char>& bytes) {
  std::uint64_t id = 0;
  caf::strong_actor_ptr sender;
  std::uint64_t number = 0;
  caf::message content;
#if STAGEDOOR_CAF_1
  if (!read(bytes, id, sender, number, content))
    return;
#else
  caf::mailbox_element::forwarding_stack stages;
  if (!read(bytes, id, sender, number, stages, content))
    return;
#endif
  const auto mid = caf::make_message_id(number);
  const auto receiver = system_.registry().get(id);
  if (!receiver) {
    caf::detail::sync_request_bouncer bounce{
        caf::exit_reason::remote_link_unreachable};
    bounce(sender, mid);
    return;
  }
#if STAGEDOOR_CAF_1
  receiver->get()->enqueue(
      caf::make_mailbox_element(std::move(sender), mid, std::move(content)),
      nullptr);
#else
  receiver->get()->enqueue(caf::make_mailbox_element(std::move(sender), mid,
                                                     std::move(stages),
                                                     std::move(content)),
                           nullptr);
#endif
}

void far_actors::watch(const caf::node_id& watcher, caf::actor_id watched) {
  auto tell = [self = self_, watcher, watched](const caf::error& reason) {
    if (auto* here = *self; here != nullptr && here->ways_ != nullptr)
      here->ways_->carry(watcher,
                         here->write(has_gone, std::uint64_t{watched}, reason));
  };
  if (const auto actor = system_.registry().get(watched))
    actor->get()->attach_functor(std::move(tell));
  else
    tell(caf::exit_reason::unknown);
}

void far_actors::failed(const caf::error& why) {
  if (ways_ != nullptr)
    ways_->failed(render(why));
}

void identify(caf::actor_system& sys, std::uint32_t number) {
  caf::node_id::default_data::host_id_type host{};
  host.front() = 1;
#if STAGEDOOR_CAF_1
  caf::detail::actor_system_access{sys}.node(caf::make_node_id(number, host));
#else
  sys.*member_of(node_of_system{}) = caf::make_node_id(number, host);
#endif
}

} // namespace stagedoor::caf_api
