#include "stagedoor/actors/keeping/once_links.hpp"

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace stagedoor {

once_links::once_links(role_type* self, owner& keeper, runtime_ptr shared,
                       const std::string& node, std::string life,
                       once_book& book, const once_runs& runs)
    : self_(self), owner_(keeper), shared_(std::move(shared)), book_(book),
      runs_(runs), ring_(std::move(life), self->home().now()),
      nodes_(shared_, node), ring_since_(self->home().now()) {}

// -- keys ---------------------------------------------------------------------

bool once_links::may_begin() const {
  const auto& here = shared_->cluster;
  return (!here || here->has_joined()) && ring_.has_lease(now())
         && ring_.is_settled() && ring_.since();
}

void once_links::send(const std::string& life, once_note_kind what,
                      const once_record& record,
                      std::function<void(const once_receipt&)> then) {
  auto told = note(what);
  told.records.push_back(record);
  send_to(once_ring::node_of(life), std::move(told), std::move(then), [] {});
}

// -- what is sent -------------------------------------------------------------

once_note once_links::note(once_note_kind what) const {
  once_note result{what, ring_.own(), ring_.lives()};
  if (const auto since = ring_.since()) {
    using std::chrono::milliseconds;
    result.knows_since = true;
    result.kept_ms = static_cast<std::uint64_t>(
        std::chrono::floor<milliseconds>(now() - *since).count());
  }
  return result;
}

void once_links::send_to(const std::string& node, once_note note,
                         std::function<void(const once_receipt&)> then,
                         std::function<void()> fail) {
  const auto there = nodes_.of(node);
  if (!there) {
    fail();
    return;
  }
  self_->request(there, caf::infinite, std::move(note))
      .then(
          [this, then = std::move(then)](const once_receipt& receipt) {
            if (!receipt.from.empty())
              heard(receipt.from);
            if (then)
              then(receipt);
          },
          [fail = std::move(fail)](const caf::error&) { fail(); });
}

void once_links::ask_for_lease() {
  const auto is_settled = ring_.is_settled() && ring_.since();
  asked_version_ = ring_.version();
  for (const auto& [node, keeper] : nodes_.all())
    send_to(
        node, note(is_settled ? once_note_kind::beat : once_note_kind::ask),
        [this, node = node, ring = ring_.lives(),
         sent = now()](const once_receipt& receipt) {
          if (receipt.is_yes)
            ring_.agreed(node, ring, sent);
        },
        [] {});
}

/// Sends the keys that another node is to keep as the ring is now, or as it
/// will be without this node.
/// @param then is called when the other node has them, or is gone.
void once_links::hand_over(const std::string& life, once_note_kind last,
                           const std::function<void()>& then) {
  const auto without =
      last == once_note_kind::farewell ? ring_.own() : std::string{};
  const auto node = once_ring::node_of(life);
  auto next = note(once_note_kind::sync);
  std::size_t bytes = 0;
  const auto add = [&](once_record record) {
    if (!ring_.places_of(record.key, without).has(life))
      return;
    bytes +=
        record.answer.data.view().size() + record.answer.errors.view().size();
    next.records.push_back(std::move(record));
    if (bytes >= cluster_limits::batch_bytes_max
        || next.records.size() >= cluster_limits::once_records_per_note_max) {
      send_to(node, std::exchange(next, note(once_note_kind::sync)), {}, [] {});
      bytes = 0;
    }
  };
  for (auto& record : book_.records(now()))
    add(std::move(record));
  for (const auto& [number, run] : runs_.all())
    if (run.how != once_ending::given_back) {
      auto record = run.record;
      record.left_ms =
          static_cast<std::uint64_t>(shared_->limits.once_kept.count());
      add(std::move(record));
    }
  next.what = last;
  next.was_out = ring_.was_out(life);
  const auto version = ring_.version();
  send_to(
      node, std::move(next),
      [this, life, version, then](const once_receipt& receipt) {
        if (receipt.is_yes && version == ring_.version())
          ring_.handed_to(life);
        then();
      },
      then);
}

/// Says of what runs here for long that it still runs. A keeper that does not
/// hear this takes its outcome for unknown.
void once_links::confirm_runs() {
  for (const auto& [number, run] : runs_.all()) {
    if (run.how || now() - run.since < cluster_limits::key_beat)
      continue;
    const auto keepers = ring_.places_of(run.record.key);
    for (const auto& life : {keepers.keeper, keepers.copy})
      if (life == ring_.own())
        owner_.take_told(run.record);
      else if (!life.empty())
        send(life, once_note_kind::sync, run.record);
  }
}

/// Drops the keys that other nodes keep, when the ring has not changed for a
/// while.
void once_links::drop_moved() {
  if (!ring_.is_settled() || !ring_.has_handed_over()
      || now() - ring_since_ < cluster_limits::key_promise)
    return;
  ring_since_ = time_point::max() - cluster_limits::key_promise;
  for (const auto& record : book_.records(now()))
    if (!ring_.places_of(record.key).has(ring_.own()))
      book_.drop(record.key);
}

// -- what comes ---------------------------------------------------------------

/// Since when no key of the sender's can have been lost.
std::optional<once_links::time_point>
once_links::since_of(const once_note& note) const {
  if (!note.knows_since)
    return std::nullopt;
  return now() - std::chrono::milliseconds(note.kept_ms);
}

once_receipt once_links::noted(const once_note& note) {
  const auto node = once_ring::node_of(note.from);
  if (!nodes_.has(node))
    refresh();
  if (!nodes_.has(node))
    return {};
  heard(note.from);
  ring_.tells(note.from, since_of(note), note.what == once_note_kind::beat);
  return {take(note, node), ring_.own()};
}

bool once_links::take(const once_note& note, const std::string& node) {
  switch (note.what) {
  case once_note_kind::ask:
    if (note.ring == ring_.lives())
      hand_over(note.from, once_note_kind::synced, [] {});
    [[fallthrough]];
  case once_note_kind::beat:
    return ring_.agrees(note.from, note.ring, now());
  case once_note_kind::begin: {
    const auto& record = note.records.at(0);
    const auto places = ring_.places_of(record.key);
    if (places.keeper != note.from || places.copy != ring_.own()
        || !book_.has_room())
      return false;
    if (const auto known = book_.record_of(record.key, now())) {
      // The keeper has lost it.
      send(note.from, once_note_kind::sync, *known);
      return false;
    }
    owner_.take_told(record);
    return true;
  }
  case once_note_kind::end:
    owner_.take_end(note.records.at(0));
    return ring_.places_of(note.records.at(0).key).has(ring_.own());
  case once_note_kind::give_back:
    owner_.take_give_back(note.records.at(0));
    return true;
  case once_note_kind::sync:
  case once_note_kind::synced:
  case once_note_kind::farewell:
    break;
  }
  for (const auto& record : note.records)
    owner_.take_told(record);
  if (note.what == once_note_kind::synced) {
    ring_.synced(note.from, note.ring, note.was_out, now());
  } else if (note.what == once_note_kind::farewell) {
    nodes_.left(node, self_->current_sender());
    ring_.left(node, since_of(note), now());
    owner_.lost(note.from);
    ask_for_lease();
  }
  return true;
}

void once_links::heard(const std::string& life) {
  if (!nodes_.has(once_ring::node_of(life)))
    return;
  const auto ended = ring_.heard(life, now());
  if (!ended.empty())
    owner_.lost(ended);
  if (asked_version_ == ring_.version())
    return;
  ring_since_ = now();
  ask_for_lease();
}

void once_links::refresh() {
  const auto changes = nodes_.refresh();
  for (const auto& node : changes.gone) {
    ring_.lost(node);
    if (const auto life = ring_.life_at(node); !life.empty())
      owner_.lost(life);
  }
  for (const auto& node : changes.come)
    ring_.met(node, now());
  if (!changes.come.empty())
    ask_for_lease();
}

/// The cluster forgets nodes that are away for long. A node that sees less than
/// a majority does not: it is the one that is away.
void once_links::forget_nodes() {
  if (!shared_->cluster || !ring_.has_lease(now()))
    return;
  const auto peers = shared_->cluster->peers();
  for (const auto& node : ring_.lost_nodes())
    if (std::none_of(peers.begin(), peers.end(),
                     [&](const auto& x) { return x.name == node; }))
      ring_.forget(node);
}

// -- time ---------------------------------------------------------------------

void once_links::beat() {
  refresh();
  forget_nodes();
  for (const auto& life : ring_.drop_silent(now())) {
    shared_->log->warn("node {} is silent: other nodes keep its keys now",
                       once_ring::node_of(life));
    owner_.lost(life);
  }
  if (asked_version_ != ring_.version())
    ring_since_ = now();
  ask_for_lease();
  confirm_runs();
  drop_moved();
}

caf::result<std::uint64_t> once_links::close() {
  const auto told = std::uint64_t{nodes_.all().size()};
  if (told == 0)
    return told;
  struct open_farewell {
    caf::typed_response_promise<std::uint64_t> promise;
    std::uint64_t left;
  };
  auto open = std::make_shared<open_farewell>(open_farewell{
      self_->template make_response_promise<std::uint64_t>(), told});
  for (const auto& [node, keeper] : nodes_.all()) {
    const auto life = ring_.life_at(node);
    hand_over(life.empty() ? once_ring::life_of(node, 0) : life,
              once_note_kind::farewell, [open, told] {
                if (--open->left == 0)
                  open->promise.deliver(told);
              });
  }
  return open->promise;
}

} // namespace stagedoor
