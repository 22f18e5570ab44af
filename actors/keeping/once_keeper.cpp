#include "stagedoor/actors/keeping/once_keeper.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

once_keeper_state::once_keeper_state(pointer self)
    : self_(self), due_([self] {
        caf::anon_send(caf::actor_cast<once_keeper_actor>(self),
                       expired_atom_v);
      }) {}

once_keeper_actor::behavior_type
once_keeper_state::start(once_keeper_setup setup) {
  setup_ = std::move(setup);
  born_ = now();
  own_ = once_ring::life_of(setup_.node, setup_.life);
  book_.emplace(bounds(), [this](const std::string& life) {
    return life == own_ || (links_ && links_->ring().is_there(life));
  });
  if (!setup_.node.empty())
    links_.emplace(self_, static_cast<once_links::owner&>(*this), setup_.shared,
                   setup_.node, own_, *book_, runs_);
  self_->home().arm(due_, cluster_limits::key_beat);
  return {
      [this](once_claim& wanted) { return claim(wanted); },
      [this](const once_end& end) { ended(end); },
      [this](const once_note& note) {
        return links_ ? links_->noted(note) : once_receipt{};
      },
      [this](caf::close_atom) { return close(); },
      [this](expired_atom) { beat(); },
  };
}

// -- messages with keys -------------------------------------------------------

caf::result<once_verdict> once_keeper_state::claim(once_claim& wanted) {
  const auto id = ++last_number_;
  open_claim opened{std::move(wanted),
                    self_->make_response_promise<once_verdict>(), now()};
  if (opened.wanted.runner.empty()) {
    opened.wanted.runner = own_;
    opened.wanted.number = id;
  }
  auto promise = opened.promise;
  claims_.emplace(id, std::move(opened));
  if (links_)
    links_->refresh();
  decide(id);
  return promise;
}

/// Asks the keeper of a key what happens to a message, or says so.
void once_keeper_state::decide(std::uint64_t id) {
  auto& open = claims_.at(id);
  if (is_closing_) {
    answer(id, to_reply(errc::unavailable));
    return;
  }
  if (const auto keeper = keepers_of(open.wanted.key).keeper; keeper != own_) {
    ask_keeper(id, open, keeper);
    return;
  }
  if (links_
      && (!links_->may_begin()
          || !links_->ring().is_there(open.wanted.runner))) {
    answer(id, to_reply(errc::unavailable));
    return;
  }
  const auto since = links_ ? *links_->ring().since() : born_;
  auto decided = book_->claim(open.wanted, id, since, now());
  if (decided.what == once_book::fate::runs)
    begin(id, open);
  else if (decided.what == once_book::fate::answered)
    answer(id, std::move(decided.answer));
}

void once_keeper_state::ask_keeper(std::uint64_t id, open_claim& open,
                                   const std::string& keeper) {
  const auto there = links_->keeper_of(keeper);
  if (open.wanted.runner != own_ || !there) {
    // Another node sees another ring, or this one sees an old one.
    answer(id, to_reply(errc::unavailable));
    return;
  }
  open.asked = keeper;
  self_->request(there, caf::infinite, open.wanted)
      .then([this, id, wanted = open.wanted](
                once_verdict& verdict) { told_by_keeper(id, wanted, verdict); },
            [this, id](const caf::error&) {
              answer(id, to_reply(errc::unavailable));
            });
}

void once_keeper_state::told_by_keeper(std::uint64_t id,
                                       const once_claim& wanted,
                                       once_verdict& verdict) {
  if (claims_.contains(id)) {
    if (verdict.runs)
      run(id);
    else
      answer(id, std::move(verdict.answer));
  } else if (verdict.runs) {
    // Too late: it has been answered.
    runs_.add(id, wanted, now());
    ended({id, once_ending::given_back});
  }
}

/// Has the copy note a key, and lets the message run then.
void once_keeper_state::begin(std::uint64_t id, open_claim& open) {
  if (!links_) {
    run(id);
    return;
  }
  open.is_beginning = true;
  open.asked = keepers_of(open.wanted.key).copy;
  if (!links_->keeper_of(open.asked)) {
    refuse_begin(id);
    return;
  }
  links_->send(open.asked, once_note_kind::begin,
               *book_->record_of(open.wanted.key, now()),
               [this, id](const once_receipt& receipt) {
                 noted_by_copy(id, receipt.is_yes);
               });
}

void once_keeper_state::noted_by_copy(std::uint64_t id, bool is_yes) {
  if (!claims_.contains(id))
    return;
  if (is_yes && links_->ring().has_lease(now()) && !is_closing_)
    run(id);
  else
    refuse_begin(id);
}

/// Nothing has begun under the key.
void once_keeper_state::refuse_begin(std::uint64_t id) {
  const auto& open = claims_.at(id);
  const auto record = book_->record_of(open.wanted.key, now());
  const auto copy = open.asked;
  const auto others =
      book_->give_back(open.wanted.key, open.wanted.runner, open.wanted.number);
  answer(id, to_reply(errc::unavailable));
  if (record && !copy.empty())
    links_->send(copy, once_note_kind::give_back, *record);
  decide_all(others);
}

/// Lets a message run that a handler waits with.
void once_keeper_state::run(std::uint64_t id) {
  auto open = std::move(claims_.extract(id).mapped());
  if (open.wanted.runner != own_) {
    open.promise.deliver(once_verdict{true});
    return;
  }
  runs_.add(id, open.wanted, now());
  open.promise.deliver(once_verdict{true, id});
}

void once_keeper_state::answer(std::uint64_t id, reply answer) {
  if (auto open = claims_.extract(id))
    open.mapped().promise.deliver(once_verdict{false, 0, std::move(answer)});
}

void once_keeper_state::answer(const once_book::answers& told) {
  for (const auto id : told.waiting)
    answer(id, told.answer);
}

/// One of these may have the key, and the others wait for it.
void once_keeper_state::decide_all(const std::vector<std::uint64_t>& ids) {
  for (const auto id : ids)
    if (claims_.contains(id))
      decide(id);
}

/// Nobody hears any more from the life that was asked.
void once_keeper_state::refuse_asked(const std::string& life) {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, open] : claims_)
    if (open.asked == life)
      ids.push_back(id);
  for (const auto id : ids)
    if (const auto found = claims_.find(id); found == claims_.end())
      continue;
    else if (found->second.is_beginning)
      refuse_begin(id);
    else
      answer(id, to_reply(errc::unavailable));
}

void once_keeper_state::look_at_late() {
  std::vector<std::uint64_t> late;
  for (const auto& [id, open] : claims_)
    if (now() - open.since >= (open.is_beginning
                                   ? cluster_limits::key_claim_timeout
                                   : bounds().action_timeout))
      late.push_back(id);
  for (const auto id : late)
    if (const auto found = claims_.find(id); found == claims_.end()) {
      continue;
    } else if (found->second.is_beginning) {
      refuse_begin(id);
    } else {
      book_->stop_waiting(found->second.wanted.key, id);
      answer(id, to_reply(errc::timed_out));
    }
}

// -- how messages have ended --------------------------------------------------

void once_keeper_state::ended(const once_end& end) {
  if (runs_.end(end.number, end.how, end.answer) != nullptr)
    tell(end.number);
}

/// Tells both keepers of a key how its message has ended, as far as they do not
/// know.
void once_keeper_state::tell(std::uint64_t number) {
  const auto* run = runs_.find(number);
  const auto keepers = keepers_of(run->record.key);
  tell(number, keepers.keeper);
  tell(number, keepers.copy);
  runs_.drop_told(number, keepers);
}

void once_keeper_state::tell(std::uint64_t number, const std::string& life) {
  const auto* run = runs_.find(number);
  if (life.empty() || run->told.contains(life))
    return;
  const auto how = *run->how;
  const auto is_given_back = how == once_ending::given_back;
  if (life == own_) {
    const auto record = run->record;
    runs_.told(number, how, own_);
    if (is_given_back)
      take_give_back(record);
    else
      take_end(record);
    return;
  }
  links_->send(
      life, is_given_back ? once_note_kind::give_back : once_note_kind::end,
      run->record, [this, number, how, life](const once_receipt& receipt) {
        if (receipt.is_yes)
          runs_.told(number, how, life);
      });
}

void once_keeper_state::tell_again() {
  std::vector<std::uint64_t> open;
  for (const auto& [number, run] : runs_.all())
    if (run.how)
      open.push_back(number);
  for (const auto number : open)
    tell(number);
}

void once_keeper_state::take_end(const once_record& ended) {
  answer(book_->end(ended, now()));
}

void once_keeper_state::take_give_back(const once_record& given_back) {
  decide_all(
      book_->give_back(given_back.key, given_back.runner, given_back.number));
}

void once_keeper_state::take_told(const once_record& told) {
  answer(book_->take(told, now()));
}

void once_keeper_state::lost(const std::string& life) {
  answer(book_->lose(life, now()));
  refuse_asked(life);
}

// -- time
// ----------------------------------------------------------------------

void once_keeper_state::beat() {
  self_->home().arm(due_, cluster_limits::key_beat);
  book_->expire(now());
  runs_.expire(now(), bounds());
  look_at_late();
  if (links_) {
    links_->beat();
    answer(book_->doubt(now() - cluster_limits::key_promise, now()));
  }
  tell_again();
}

caf::result<std::uint64_t> once_keeper_state::close() {
  is_closing_ = true;
  while (!claims_.empty())
    answer(claims_.begin()->first, to_reply(errc::unavailable));
  if (links_)
    return links_->close();
  return std::uint64_t{0};
}

unit::clock::time_point once_keeper_state::now() const {
  return self_->home().now();
}

once_keeper_actor::behavior_type once_keeper(once_keeper_state::pointer self,
                                             once_keeper_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
