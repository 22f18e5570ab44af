#pragma once

#include "stagedoor/actors/cluster/origins.hpp"
#include "stagedoor/actors/far_messages.hpp"
#include "stagedoor/protocol/packed.hpp"

#include "caf/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace stagedoor {

/// A message of a relay as the router takes it that is to find its handler.
request_draft as_relayed(request_data message);

/// Packs the messages of one unit for one request answerer.
/// Thread rule: one owner.
class request_packer {
public:
  void add(const far_request& message);

  /// How many messages have been added since the last `take`, and the bytes of
  /// their text.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return requests_.size(); }

  /// What has been added, without a number.
  request_batch take();

private:
  request_batch batch_;
  packer requests_;
  std::size_t size_ = 0;
  origin_packer origins_;
};

/// Unpacks what a `request_packer` has packed.
/// Thread rule: one owner.
class request_unpacker {
public:
  /// @returns the messages, as `as_relayed` makes them; nothing if the batch is
  ///          none, or does not follow the last one. Then the sender has to
  ///          begin anew, and with it a new object of this class.
  std::optional<std::vector<request_draft>> unpack(request_batch& batch);

private:
  origin_unpacker origins_;
};

/// The answer to one message of a batch.
struct far_answer {
  std::uint64_t batch = 0;
  /// The place of the message in the batch, from 0. Nothing where the batch
  /// could not be read.
  std::optional<std::uint64_t> place;
  std::variant<reply, caf::error> given;
};

/// Packs the answers of one request answerer for one unit.
/// Thread rule: one owner.
class answer_packer {
public:
  void add(std::uint64_t batch, std::uint64_t place, const reply& answer);

  /// An error crosses as what it means to the client, and as its text.
  void add(std::uint64_t batch, std::uint64_t place, const caf::error& reason);

  /// The batch could not be read.
  void add_unread(std::uint64_t batch);

  [[nodiscard]] std::size_t bytes() const { return answers_.size(); }

  request_answers take() { return {answers_.take()}; }

private:
  void begin(std::uint64_t batch, std::uint64_t place);

  packer answers_;
};

/// @returns what an `answer_packer` has packed, as far as it can be read.
std::vector<far_answer> unpack(const request_answers& packed);

} // namespace stagedoor
