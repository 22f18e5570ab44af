#pragma once

#include "stagedoor/actors/cluster/request_batches.hpp"

#include "caf/actor_cast.hpp"
#include "caf/actor_system.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace stagedoor::test {

/// Plays the request answerer of another node: keeps each message until the
/// test answers it.
class answering_node {
public:
  explicit answering_node(caf::actor_system& sys)
      : handle_(sys.spawn<caf::hidden>(behave, heard_)) {}

  ~answering_node() { caf::anon_send_exit(handle_, caf::exit_reason::kill); }

  answering_node(const answering_node&) = delete;
  answering_node& operator=(const answering_node&) = delete;

  [[nodiscard]] const caf::actor& handle() const { return handle_; }
  [[nodiscard]] const caf::actor& actor() const { return handle_; }

  /// How many messages have come.
  [[nodiscard]] std::size_t count() const { return heard_->messages.size(); }
  [[nodiscard]] const request_data& at(std::size_t number) const {
    return *heard_->messages.at(number).what;
  }
  /// How many messages each batch has had, and how many scopes it has brought.
  [[nodiscard]] const std::vector<std::size_t>& sizes() const {
    return heard_->sizes;
  }
  [[nodiscard]] const std::vector<std::size_t>& scopes() const {
    return heard_->scopes;
  }
  /// The numbers of the connections that it was told of.
  [[nodiscard]] const std::vector<std::uint64_t>& opened() const {
    return heard_->opened;
  }

  void answer(std::size_t number, const reply& with) { give(number, with); }
  void answer_last(const reply& with) { give(count() - 1, with); }
  void fail_last(const caf::error& why) { give(count() - 1, why); }

  /// Says that it could not read the batch of a message.
  void answer_unread(std::size_t number) {
    const auto& to = heard_->messages.at(number);
    answer_packer packed;
    packed.add_unread(to.batch);
    caf::anon_send(to.asker, packed.take());
  }

  /// Answers a message that its batch has not had.
  void answer_behind_the_end(const reply& with) {
    const auto& to = heard_->messages.back();
    answer_packer packed;
    packed.add(to.batch, to.place + 1, with);
    packed.add(to.batch + 1, 0, with);
    caf::anon_send(to.asker, packed.take());
  }

private:
  struct message {
    request_draft what;
    caf::actor asker;
    std::uint64_t batch = 0;
    std::uint64_t place = 0;
  };
  struct heard {
    std::vector<message> messages;
    std::vector<std::size_t> sizes;
    std::vector<std::size_t> scopes;
    std::vector<std::uint64_t> opened;
  };
  using heard_ptr = std::shared_ptr<heard>;

  static caf::behavior behave(caf::event_based_actor* self, heard_ptr kept) {
    auto read = std::make_shared<request_unpacker>();
    return {
        [=](request_batch& batch) {
          kept->scopes.push_back(batch.scopes.size());
          auto messages = read->unpack(batch).value();
          kept->sizes.push_back(messages.size());
          std::uint64_t place = 0;
          for (auto& each : messages)
            kept->messages.push_back(
                {std::move(each),
                 caf::actor_cast<caf::actor>(self->current_sender()),
                 batch.number, place++});
        },
        [=](const connection_opened& who) {
          kept->opened.push_back(who.scope->connection_id);
        },
    };
  }

  template <class Given>
  void give(std::size_t number, const Given& with) {
    const auto& to = heard_->messages.at(number);
    answer_packer packed;
    packed.add(to.batch, to.place, with);
    caf::anon_send(to.asker, packed.take());
  }

  heard_ptr heard_ = std::make_shared<heard>();
  caf::actor handle_;
};

} // namespace stagedoor::test
