#include "stagedoor/protocol/dialects/dcrf_envelope.hpp"

#include "stagedoor/protocol/dialects/dcrf_message.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json_writer.hpp"

#include <cstdint>
#include <optional>

namespace stagedoor {

namespace {

constexpr std::uint16_t forbidden_status = 403;
constexpr std::uint16_t not_allowed_status = 405;

/// What an envelope says.
struct envelope_parts {
  std::optional<std::string_view> stream;
  const json::array& errors;
  json_part data;
  std::optional<std::string_view> action;
  std::uint64_t status;
  /// Null if there is none.
  const json::value* request_id;
  /// Those of an event of a group with a history; null for others.
  const json::value* group = nullptr;
  const json::value* offset = nullptr;
};

bool write_envelope(std::string& out, const envelope_parts& parts) {
  json_writer write(out);
  if (parts.stream) {
    write.raw(R"({"stream":)");
    write.text(*parts.stream);
    write.raw(R"(,"payload":)");
  }
  write.raw(R"({"errors":)");
  write.array(parts.errors);
  write.raw(R"(,"data":)");
  parts.data.write_to(write);
  write.raw(R"(,"action":)");
  if (parts.action)
    write.text(*parts.action);
  else
    write.raw("null");
  write.raw(R"(,"response_status":)");
  write.integer(parts.status);
  write.raw(R"(,"request_id":)");
  if (parts.request_id != nullptr)
    write.value(*parts.request_id);
  else
    write.raw("null");
  if (parts.group != nullptr && parts.offset != nullptr) {
    write.raw(R"(,"group":)");
    write.value(*parts.group);
    write.raw(R"(,"offset":)");
    write.value(*parts.offset);
  }
  write.raw("}");
  if (parts.stream)
    write.raw("}");
  return write.finish();
}

/// What the client calls the request of a message; null if there is nothing.
const json::value* id_of_client(const json::value* request_id) {
  const auto* parts = request_id == nullptr ? nullptr : request_id->if_array();
  // That of a malformed message is as the client sent it.
  return parts == nullptr || parts->empty() ? request_id : &parts->front();
}

/// An error of one text is that text.
json::value in_short(const json::value& error) {
  const auto* members = error.if_object();
  if (members == nullptr || members->size() != 1)
    return error;
  const auto* detail = members->if_contains("detail");
  if (detail == nullptr || !detail->is_string())
    return error;
  auto result = *detail;
  if (auto& text = result.get_string(); text == "Not found.")
    text.pop_back(); // The one text that the dialect has in other words.
  return result;
}

json::array errors_of(const message_head& head, const reply& reply) {
  if (reply.status == not_allowed_status && head.action
      && reply.errors
             == to_reply(errc::action_not_allowed, *head.action).errors) {
    std::string text = "Method \"";
    text.append(renamed_action(*head.action)).append("\" not allowed.");
    return {json::string(text)};
  }
  json::array result;
  const auto errors = reply.errors.value();
  if (const auto* list = errors.if_array())
    for (const auto& error : *list)
      result.push_back(in_short(error));
  return result;
}

} // namespace

bool append_dcrf_envelope(std::string& out, const message_head& head,
                          const reply& reply) {
  std::optional<std::string_view> action;
  if (head.action)
    action = renamed_action(*head.action);
  return reply.errors.is_exact()
         && write_envelope(
             out, {.stream = stream_of(head.route),
                   .errors = errors_of(head, reply),
                   .data = reply.data,
                   .action = action,
                   .status = reply.status,
                   .request_id = id_of_client(
                       head.request_id ? &*head.request_id : nullptr)});
}

bool append_dcrf_event(std::string& out, std::string_view text,
                       bool in_stream) {
  const auto parsed = parse_json(text, wire_depth_max);
  if (!parsed || !parsed->is_object())
    return false;
  const auto& event = parsed->get_object();
  const auto* type = event.if_contains("type");
  const auto* data = event.if_contains("data");
  const auto* status = event.if_contains("status");
  const auto* request_id = event.if_contains("request_id");
  if (type == nullptr || !type->is_string() || data == nullptr
      || status == nullptr || !status->is_int64())
    return false;
  std::optional<std::string_view> stream;
  if (request_id == nullptr && in_stream)
    stream = dcrf_event_stream;
  else if (const auto* parts =
               request_id == nullptr ? nullptr : request_id->if_array();
           parts != nullptr && parts->size() > 1)
    if (const auto* name = (*parts)[1].if_string())
      stream = *name;
  const auto number = static_cast<std::uint16_t>(status->get_int64());
  return write_envelope(
      out,
      {.stream = stream,
       .errors =
           number == forbidden_status
               ? to_reply(errc::permission_denied).errors.value().as_array()
               : json::array{},
       .data = *data,
       .action = std::string_view{type->get_string()},
       .status = number,
       .request_id = id_of_client(request_id),
       .group = event.if_contains("group"),
       .offset = event.if_contains("offset")});
}

} // namespace stagedoor
