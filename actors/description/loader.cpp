#include "stagedoor/actors/description/loader.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <mutex>

namespace stagedoor {

class object_promise::state {
public:
  explicit state(object_delivery deliver) : deliver_(std::move(deliver)) {}

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  ~state() { answer({}, to_reply(errc::server_error)); }

  void answer(loaded_object found, reply refusal) {
    object_delivery deliver;
    {
      std::lock_guard guard{mutex_};
      deliver.swap(deliver_);
    }
    if (deliver)
      deliver(std::move(found), std::move(refusal));
  }

private:
  std::mutex mutex_;
  object_delivery deliver_;
};

object_promise::object_promise(object_delivery deliver)
    : state_(std::make_shared<state>(std::move(deliver))) {}

void object_promise::answer(loaded_object found, reply refusal) const {
  state_->answer(std::move(found), std::move(refusal));
}

} // namespace stagedoor
