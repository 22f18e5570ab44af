#include "stagedoor/actors/far_messages.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/packed.hpp"

#include <memory>
#include <utility>

namespace stagedoor {

std::string object_to_wire(const permission_query& x) {
  return x.object ? to_json(*x.object) : std::string{};
}

caf::error object_from_wire(permission_query& x, const std::string& object) {
  x.object.reset();
  if (object.empty())
    return caf::none;
  auto parsed = parse_json(object, wire_depth_max);
  if (!parsed)
    return std::move(parsed.error());
  x.object = std::make_shared<const json::value>(std::move(*parsed));
  return caf::none;
}

std::string decisions_to_wire(const query_answers& x) {
  packer result;
  for (const auto& [index, answer] : x.decisions) {
    result.number(index);
    result.number(static_cast<std::uint64_t>(answer.answer));
    if (answer.answer == decision::verdict::allow)
      continue;
    result.number(answer.status);
    result.text(answer.message);
    result.text(answer.code);
    result.text(answer.reason);
  }
  return result.take();
}

caf::error decisions_from_wire(query_answers& x, std::string_view packed) {
  x.decisions.clear();
  for (unpacker from{packed}; !from.empty();) {
    auto& [index, answer] = x.decisions.emplace_back();
    index = static_cast<std::uint32_t>(from.number());
    answer.answer = verdict_from_wire(from.number());
    if (answer.answer != decision::verdict::allow) {
      answer.status = static_cast<std::uint16_t>(from.number());
      answer.message = from.text();
      answer.code = from.text();
      answer.reason = from.text();
    }
    if (from.has_failed()) {
      // What is cut off must not allow.
      x.decisions.clear();
      return make_error(errc::malformed_message,
                        "answers to a batch of questions: cut off");
    }
  }
  return caf::none;
}

} // namespace stagedoor
