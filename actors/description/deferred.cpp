#include "stagedoor/actors/description/deferred.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <mutex>
#include <utility>

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
  if (state_)
    state_->answer(std::move(answer));
}

} // namespace stagedoor
