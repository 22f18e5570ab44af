#include "stagedoor/protocol/envelope.hpp"

#include <string_view>
#include <utility>

namespace stagedoor {

std::string encode_envelope(const message_head& head, const reply& reply) {
  std::string out = R"({"errors":[)";
  // One by one: as a json::value of its own the array would be copied.
  const char* separator = "";
  for (const auto& error : reply.errors) {
    out += std::exchange(separator, ",");
    append_json(out, error);
  }
  out += R"(],"data":)";
  append_json(out, reply.data);
  out += R"(,"action":)";
  if (head.action)
    append_json(out, std::string_view(*head.action));
  else
    out += "null";
  out += R"(,"route":)";
  append_json(out, std::string_view(head.route));
  out += R"(,"status":)";
  out += std::to_string(reply.status);
  if (head.request_id) {
    out += R"(,"request_id":)";
    append_json(out, *head.request_id);
  }
  out += '}';
  return out;
}

std::string encode_event(const event& event) {
  std::string out = R"({"type":)";
  append_json(out, std::string_view(event.type));
  out += R"(,"data":)";
  append_json(out, event.data);
  out += R"(,"status":)";
  out += std::to_string(event.status);
  out += '}';
  return out;
}

} // namespace stagedoor
