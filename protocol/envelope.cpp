#include "stagedoor/protocol/envelope.hpp"

#include "stagedoor/protocol/json/json_writer.hpp"

namespace stagedoor {

bool append_envelope(std::string& out, const message_head& head,
                     const reply& reply) {
  json_writer write(out);
  if (reply.errors.is_null()) {
    write.raw(R"({"errors":[],"data":)");
  } else {
    write.raw(R"({"errors":)");
    write.copy(reply.errors);
    write.raw(R"(,"data":)");
  }
  write.copy(reply.data);
  write.raw(R"(,"action":)");
  if (head.action)
    write.text(*head.action);
  else
    write.raw("null");
  write.raw(R"(,"route":)");
  write.text(head.route);
  write.raw(R"(,"status":)");
  write.integer(std::uint64_t{reply.status});
  if (head.request_id) {
    write.raw(R"(,"request_id":)");
    write.value(*head.request_id);
  }
  write.raw("}");
  return write.finish();
}

bool append_event(std::string& out, const event& event) {
  json_writer write(out);
  write.raw(R"({"type":)");
  write.text(event.type);
  write.raw(R"(,"data":)");
  write.copy(event.data);
  write.raw(R"(,"status":)");
  write.integer(std::uint64_t{event.status});
  write.raw("}");
  return write.finish() && event.status != event::not_json_status;
}

void append_subscription_event(std::string& out, std::string_view type,
                               std::string_view data, std::uint16_t status,
                               const json::value& request_id) {
  out.append(R"({"type":")").append(type).append(R"(","data":)").append(data);
  out.append(R"(,"status":)").append(std::to_string(status));
  out.append(R"(,"request_id":)").append(to_json(request_id)).append("}");
}

std::string flaw_of(const event& refused) {
  return refused.status != event::not_json_status
                 || refused.data == json_text(not_json_text)
             ? std::string{not_json_text}
             : "the status " + std::to_string(refused.status);
}

} // namespace stagedoor
