#include "stagedoor/actors/handlers/key_keeper.hpp"

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

key_keeper_state::key_keeper_state(pointer self)
    : self_(self), due_([self] {
        caf::anon_send(caf::actor_cast<key_keeper_actor>(self), expired_atom_v);
      }) {}

key_keeper_actor::behavior_type
key_keeper_state::start(key_keeper_setup setup) {
  setup_ = std::move(setup);
  voters_ = std::make_unique<key_voters>(setup_.board);
  renew();
  self_->home().arm(due_, cluster_limits::key_beat);
  return {
      [this](key_claim& wanted) { return claim(wanted); },
      [this](const key_release& ended) { release(ended.key); },
      [this](const key_note& note) { return noted(note); },
      [this](drain_atom) {
        board().drain();
        end_all();
      },
      [this](caf::close_atom) { return close(); },
      [this](expired_atom) { beat(); },
  };
}

// -- of handlers --------------------------------------------------------------

caf::result<bool> key_keeper_state::claim(key_claim& wanted) {
  const auto& here = setup_.shared->cluster;
  if (board().is_draining() || (here && !here->has_joined()))
    return false;
  refresh();
  const auto own_vote = voters_->vote(board().own(), wanted.key, now());
  if (!board().is_held(now()) || !own_vote.holder.empty()) {
    board().take(wanted.key, board().own());
    return false;
  }
  refuse_claims(wanted.key); // Of a handler that has died.
  own_.insert_or_assign(wanted.key, own_key{caf::actor_cast<handler_actor>(
                                                self_->current_sender()),
                                            wanted.number, false});
  const auto id = ++last_claim_;
  open_claim opened{wanted.key, self_->make_response_promise<bool>(), now()};
  // A node that has no vote itself needs one more of the others.
  opened.needed = voters_->needed() + (own_vote.is_yes ? 0 : 1);
  opened.unanswered = others_.size();
  auto promise = opened.promise;
  claims_.emplace(id, std::move(opened));
  for (const auto& [node, keeper] : others_)
    self_
        ->request(caf::actor_cast<key_keeper_actor>(keeper), caf::infinite,
                  note(key_note_kind::claim, {wanted.key}))
        .then([this, id](const key_vote& vote) { voted(id, vote); },
              [this, id](const caf::error&) { voted(id, {}); });
  settle_if_decided(id);
  return promise;
}

void key_keeper_state::voted(std::uint64_t id, const key_vote& vote) {
  const auto found = claims_.find(id);
  if (found == claims_.end())
    return; // It is settled.
  --found->second.unanswered;
  if (vote.is_yes)
    ++found->second.yes;
  settle_if_decided(id);
}

void key_keeper_state::settle_if_decided(std::uint64_t id) {
  const auto& open = claims_.at(id);
  if (open.yes >= open.needed)
    settle(id, true);
  else if (open.yes + open.unanswered < open.needed)
    settle(id, false);
}

void key_keeper_state::settle(std::uint64_t id, bool is_granted) {
  auto open = std::move(claims_.extract(id).mapped());
  const auto found = own_.find(open.key);
  is_granted = is_granted && found != own_.end() && board().is_held(now())
               && !board().is_draining();
  if (is_granted) {
    found->second.is_held = true;
    board().put(open.key, board().own());
    tell_all(key_note_kind::hold, open.key);
  } else {
    release(open.key);
  }
  open.promise.deliver(is_granted);
}

/// What others have voted for them counts no more.
void key_keeper_state::refuse_claims() {
  while (!claims_.empty())
    settle(claims_.begin()->first, false);
}

void key_keeper_state::refuse_claims(const std::string& key) {
  for (auto i = claims_.begin(); i != claims_.end();)
    if (i->second.key == key) {
      i->second.promise.deliver(false);
      i = claims_.erase(i);
    } else {
      ++i;
    }
}

void key_keeper_state::release(const std::string& key) {
  refuse_claims(key);
  own_.erase(key);
  board().take(key, board().own());
  tell_all(key_note_kind::release, key);
}

// -- of other nodes -----------------------------------------------------------

key_vote key_keeper_state::noted(const key_note& note) {
  voters_->heard(note.node, now());
  switch (note.what) {
  case key_note_kind::all:
    return listed(note);
  case key_note_kind::claim:
    return voters_->vote(note.node, note.keys.at(0), now());
  case key_note_kind::hold:
    holds(note.node, note.keys.at(0));
    break;
  case key_note_kind::release:
    board().take(note.keys.at(0), note.node);
    break;
  case key_note_kind::beat:
    break;
  case key_note_kind::farewell:
    voters_->left(note.node);
    others_.erase(note.node);
    known_lives_.erase(note.node);
    // The directory may name it for a while.
    ended_[note.node] =
        caf::actor_cast<caf::actor_addr>(self_->current_sender());
    renew();
  }
  return {true, {}, false};
}

key_vote key_keeper_state::listed(const key_note& note) {
  const auto sender = caf::actor_cast<caf::actor_addr>(self_->current_sender());
  auto& known = known_lives_[note.node];
  key_vote result{true, {}, known && known != sender};
  known = sender;
  for (const auto& key : voters_->listed(note.node, note.keys, now()))
    if (const auto found = own_.find(key); found != own_.end()) {
      setup_.shared->log->error("two nodes have had the state of one key apart "
                                "from each other: it ends here, and goes on at "
                                "node {}",
                                note.node);
      end(found->second);
    }
  renew();
  refresh();
  return result;
}

/// A majority has let a node have a key.
void key_keeper_state::holds(const std::string& node, const std::string& key) {
  if (const auto found = own_.find(key);
      found == own_.end() || !found->second.is_held)
    board().put(key, node);
}

/// Takes up what has changed in the service directory since the last time.
void key_keeper_state::refresh() {
  const auto& services = *setup_.shared->services;
  if (services.version() == table_version_)
    return;
  table_version_ = services.version();
  std::map<std::string, caf::actor> there;
  std::vector<std::string> newcomers;
  for (const auto& [node, keeper] : services.entries(
           setup_.shared->server_name + std::string(keys_service))) {
    const auto ended = ended_.find(node);
    if (node == board().own()
        || (ended != ended_.end() && ended->second == keeper.address()))
      continue;
    there.emplace(node, keeper);
    const auto known = others_.find(node);
    if (known == others_.end()
        || !are_same(known->second.address(), keeper.address()))
      newcomers.push_back(node);
  }
  // A node that this one meets again forgets what it has voted for before.
  if (!newcomers.empty())
    refuse_claims();
  const auto before = std::exchange(others_, std::move(there));
  for (const auto& node : newcomers)
    introduce(node, others_.at(node));
  for (const auto& [node, keeper] : before)
    if (!others_.contains(node))
      voters_->lost(node);
  renew();
}

/// Tells the keeper of another node all keys of this one, before anything else.
void key_keeper_state::introduce(const std::string& node,
                                 const caf::actor& keeper) {
  voters_->met(node, now());
  std::vector<std::string> keys;
  for (const auto& [key, own] : own_)
    keys.push_back(key); // None of them is only claimed.
  self_
      ->request(caf::actor_cast<key_keeper_actor>(keeper), caf::infinite,
                note(key_note_kind::all, std::move(keys)))
      .then(
          [this](const key_vote& answer) {
            // This node has forgotten what it had promised then.
            if (answer.knew_another)
              voters_->forgot(now());
          },
          [](const caf::error&) {});
}

/// The cluster forgets nodes that are away for long. A node that sees less than
/// a majority does not: it is the one that is away.
void key_keeper_state::forget_nodes() {
  if (!setup_.shared->cluster || !board().is_held(now()))
    return;
  const auto peers = setup_.shared->cluster->peers();
  for (const auto& node : voters_->lost_nodes())
    if (std::none_of(peers.begin(), peers.end(),
                     [&](const auto& x) { return x.name == node; }))
      voters_->left(node);
}

void key_keeper_state::tell_all(key_note_kind what, const std::string& key) {
  for (const auto& [node, keeper] : others_)
    self_
        ->request(caf::actor_cast<key_keeper_actor>(keeper), caf::infinite,
                  note(what, {key}))
        .then([](const key_vote&) {}, [](const caf::error&) {});
}

// -- the lease ----------------------------------------------------------------

void key_keeper_state::beat() {
  self_->home().arm(due_, cluster_limits::key_beat);
  refresh();
  forget_nodes();
  std::vector<std::uint64_t> late;
  for (const auto& [id, open] : claims_)
    if (now() - open.since >= cluster_limits::key_claim_timeout)
      late.push_back(id);
  for (const auto id : late)
    settle(id, false);
  for (const auto& [node, keeper] : others_)
    self_
        ->request(caf::actor_cast<key_keeper_actor>(keeper), caf::infinite,
                  note(key_note_kind::beat))
        .then(
            [this, node = node, sent = now()](const key_vote&) {
              voters_->acknowledged(node, sent);
              renew();
            },
            [](const caf::error&) {});
  renew();
  if (!board().is_held(now()))
    give_up_all();
}

void key_keeper_state::renew() {
  if (is_closing_)
    return;
  const auto end = voters_->lease_end();
  // It was over for a time, in which others may have begun states of its keys.
  if (!board().is_held(now()) && now() < end)
    give_up_all();
  board().hold_until(end);
}

/// The lease is over.
void key_keeper_state::give_up_all() {
  refuse_claims();
  if (!own_.empty())
    setup_.shared->log->warn("{} states of keys end here: this node does not "
                             "see a majority of {} nodes",
                             own_.size(), voters_->count());
  for (const auto& [key, own] : std::exchange(own_, {})) {
    release(key);
    end(own);
  }
}

/// The handler looks at the board, and ends the state.
void key_keeper_state::end(const own_key& ended) {
  self_->send(ended.handler, expired_atom_v, caf::close_atom_v, ended.number);
}

void key_keeper_state::end_all() {
  for (const auto& [key, own] : own_)
    end(own);
}

caf::result<std::uint64_t> key_keeper_state::close() {
  is_closing_ = true;
  board().drain();
  board().hold_until({});
  const auto told = std::uint64_t{others_.size()};
  if (told == 0)
    return told;
  struct open_farewell {
    caf::typed_response_promise<std::uint64_t> promise;
    std::uint64_t left;
  };
  auto open = std::make_shared<open_farewell>(
      open_farewell{self_->make_response_promise<std::uint64_t>(), told});
  const auto heard = [open, told] {
    if (--open->left == 0)
      open->promise.deliver(told);
  };
  for (const auto& [node, keeper] : others_)
    self_
        ->request(caf::actor_cast<key_keeper_actor>(keeper), caf::infinite,
                  note(key_note_kind::farewell))
        .then([heard](const key_vote&) { heard(); },
              [heard](const caf::error&) { heard(); });
  return open->promise;
}

unit::clock::time_point key_keeper_state::now() const {
  return self_->home().now();
}

key_keeper_actor::behavior_type key_keeper(key_keeper_state::pointer self,
                                           key_keeper_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
