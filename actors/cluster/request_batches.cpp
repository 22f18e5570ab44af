#include "stagedoor/actors/cluster/request_batches.hpp"

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/protocol/errors.hpp"

namespace stagedoor {

namespace {

/// What goes before an answer.
enum class answer_kind : std::uint8_t {
  /// The status and the two texts of a reply follow.
  reply,
  /// The code and the text of an error follow.
  failure,
  /// Nothing follows.
  unread,
};

std::variant<reply, caf::error> reply_of(unpacker& from) {
  reply result;
  result.status = static_cast<std::uint16_t>(from.number());
  const auto data = from.text();
  const auto errors = from.text();
  if (auto error = load_reply(result, data, errors))
    return error;
  return result;
}

caf::error failure_of(unpacker& from) {
  const auto code = static_cast<errc>(from.number());
  return make_error(code, std::string{from.text()});
}

} // namespace

// -- messages -----------------------------------------------------------------

request_draft as_relayed(request_data message) {
  message.captures.clear(); // They are those of the routes of the relay.
  message.relayed = true;
  return request_draft{std::move(message)};
}

void request_packer::add(const far_request& message) {
  origins_.add(requests_, message.what.data(), batch_);
  requests_.text(pack(message.what));
  ++size_;
}

request_batch request_packer::take() {
  batch_.requests = requests_.take();
  size_ = 0;
  return std::exchange(batch_, {});
}

std::optional<std::vector<request_draft>>
request_unpacker::unpack(request_batch& batch) {
  if (!origins_.begin(batch))
    return std::nullopt;
  std::vector<request_draft> result;
  for (unpacker from{batch.requests}; !from.empty();) {
    const auto* where = origins_.next(from, batch);
    const auto packed = from.text();
    if (from.has_failed() || where == nullptr)
      return std::nullopt;
    request_data message;
    if (stagedoor::unpack(message, packed))
      return std::nullopt;
    message.scope = where->from;
    message.connection = where->connection;
    result.push_back(as_relayed(std::move(message)));
  }
  return result;
}

// -- answers ------------------------------------------------------------------

void answer_packer::begin(std::uint64_t batch, std::uint64_t place) {
  answers_.number(batch);
  answers_.number(place);
}

void answer_packer::add(std::uint64_t batch, std::uint64_t place,
                        const reply& answer) {
  answers_.number(static_cast<std::uint64_t>(answer_kind::reply));
  begin(batch, place);
  std::string data;
  std::string errors;
  answers_.number(save_reply(answer, data, errors));
  answers_.text(data);
  answers_.text(errors);
}

void answer_packer::add(std::uint64_t batch, std::uint64_t place,
                        const caf::error& reason) {
  answers_.number(static_cast<std::uint64_t>(answer_kind::failure));
  begin(batch, place);
  answers_.number(static_cast<std::uint64_t>(reason_of(reason)));
  answers_.text(text_of(reason));
}

void answer_packer::add_unread(std::uint64_t batch) {
  answers_.number(static_cast<std::uint64_t>(answer_kind::unread));
  answers_.number(batch);
}

std::vector<far_answer> unpack(const request_answers& packed) {
  std::vector<far_answer> result;
  for (unpacker from{packed.answers}; !from.empty();) {
    far_answer next;
    const auto kind = static_cast<answer_kind>(from.number());
    next.batch = from.number();
    if (kind != answer_kind::unread)
      next.place = from.number();
    if (kind == answer_kind::reply)
      next.given = reply_of(from);
    else if (kind == answer_kind::failure)
      next.given = failure_of(from);
    if (from.has_failed())
      break;
    result.push_back(std::move(next));
  }
  return result;
}

} // namespace stagedoor
