#include "stagedoor/actors/context.hpp"

#include "stagedoor/actors/messages.hpp"

#include "caf/send.hpp"

#include <mutex>

namespace stagedoor {

class deferred::state {
public:
  explicit state(delivery deliver) : deliver_(std::move(deliver)) {}

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  ~state() { answer(to_reply(errc::server_error)); }

  void answer(reply answer) {
    delivery deliver;
    {
      std::lock_guard guard{mutex_};
      deliver.swap(deliver_);
    }
    if (deliver)
      deliver(std::move(answer));
  }

private:
  std::mutex mutex_;
  delivery deliver_;
};

deferred::deferred(std::uint64_t id, delivery deliver)
    : id_(id), state_(std::make_shared<state>(std::move(deliver))) {}

void deferred::answer(reply answer) const {
  state_->answer(std::move(answer));
}

void context::push(event what) const {
  caf::anon_send(connection_, std::move(what));
}

} // namespace stagedoor
