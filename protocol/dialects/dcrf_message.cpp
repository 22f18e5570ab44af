#include "stagedoor/protocol/dialects/dcrf_message.hpp"

#include "stagedoor/protocol/json/lone_surrogates.hpp"

#include <array>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

/// Parses a text, with U+FFFD in the place of halves of surrogate pairs.
caf::expected<json::value> parse_mended(std::string_view payload,
                                        std::size_t depth_max) {
  auto result = parse_json(payload, depth_max);
  if (result)
    return result;
  const auto lone_surrogates = find_lone_surrogates(payload);
  if (lone_surrogates.empty())
    return result;
  std::string mended{payload};
  for (const auto at : lone_surrogates)
    mended.replace(at, unicode_escape_bytes, "\\ufffd");
  return parse_json(mended, depth_max);
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const auto c : text) {
    if (plain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
}

/// Adds an option of a list to the query of a route. Only texts, numbers and
/// truths are options.
void append_option(std::string& route, std::string_view name,
                   const json::value& value) {
  if (value.is_null() || value.is_structured())
    return;
  route += route.find('?') == std::string::npos ? '?' : '&';
  append_escaped(route, name);
  route += '=';
  const auto* text = value.if_string();
  append_escaped(route, text != nullptr ? std::string{*text} : to_json(value));
}

/// Adds the options of a list, which are the members of `data` and `query`, and
/// the keys `limit` and `offset` of the message.
void append_options(std::string& route, const json::object& body) {
  std::string query;
  for (const auto* name : {"data", "query"})
    if (const auto* found = body.if_contains(name);
        found != nullptr && found->is_object())
      for (const auto& [option, value] : found->get_object())
        append_option(query, option, value);
  for (const auto* name : {"limit", "offset"})
    if (const auto* found = body.if_contains(name))
      append_option(query, name, *found);
  route += query;
}

/// Takes one message apart.
class message_taker {
public:
  explicit message_taker(const limits& limits) : limits_(limits) {}

  decoded_message take(json::object& frame) {
    auto* body = &frame;
    if (const auto* stream = frame.if_contains("stream")) {
      body = take_stream(*stream, frame);
      if (body == nullptr)
        return std::move(out_);
    }
    take_request_id(*body);
    take_action(*body);
    for (const auto* name : {"action", "route", "request_id"})
      body->stable_erase(name);
    if (out_.error == errc::none)
      out_.message.arguments = std::move(*body);
    return std::move(out_);
  }

private:
  [[nodiscard]] message_head& head() { return out_.message.head; }

  void refuse(std::string reason) {
    if (out_.error == errc::malformed_message)
      return; // Of several reasons the first counts.
    out_.error = errc::malformed_message;
    out_.reason = std::move(reason);
  }

  void refuse_long(std::string_view what, std::size_t bytes_max) {
    refuse(std::string{what} + " longer than " + std::to_string(bytes_max)
           + " bytes");
  }

  /// @returns the payload; null if there is none.
  json::object* take_stream(const json::value& stream, json::object& frame) {
    const auto* name = stream.if_string();
    if (name == nullptr) {
      refuse(R"("stream" is no string)");
      return nullptr;
    }
    head().route.append(*name).append("/");
    if (head().route.size() > limits_.route_bytes_max)
      refuse_long(R"("stream" is)", limits_.route_bytes_max - 1);
    auto* payload = frame.if_contains("payload");
    if (payload == nullptr || !payload->is_object()) {
      refuse(R"("payload" is no object)");
      return nullptr;
    }
    return &payload->get_object();
  }

  void take_request_id(const json::object& body) {
    const auto* id = body.if_contains("request_id");
    if (id == nullptr || id->is_null())
      return;
    const auto* text = id->if_string();
    if ((text != nullptr ? text->size() : to_json(*id).size())
        > limits_.request_id_bytes_max) {
      refuse_long(R"("request_id" is)", limits_.request_id_bytes_max);
      return;
    }
    const auto stream = stream_of(head().route);
    const auto* pk = body.if_contains("pk");
    head().request_id = json::array{
        *id, stream ? json::value(json::string(*stream)) : json::value{},
        pk != nullptr ? *pk : json::value{}};
  }

  void take_action(const json::object& body) {
    const auto* action = body.if_contains("action");
    if (action == nullptr || action->is_null()) {
      if (out_.error == errc::none)
        out_.error = errc::action_missing;
      return;
    }
    const auto* name = action->if_string();
    if (name == nullptr)
      refuse(R"("action" is no string)");
    // Without it no subscription would be found, and nobody would know.
    else if (*name == "unsubscribe_instance" && !body.contains("pk"))
      refuse(R"("pk" is missing)");
    if (out_.error != errc::none)
      return;
    head().action = renamed_action(*name);
    if (*name != "list" && *name != "subscribe")
      return;
    const auto bytes = head().route.size();
    append_options(head().route, body);
    if (head().route.size() <= limits_.route_bytes_max)
      return;
    head().route.resize(bytes);
    head().action.reset();
    refuse_long("the options of a list are", limits_.route_bytes_max - bytes);
  }

  const limits& limits_;
  decoded_message out_;
};

} // namespace

decoded_message decode_dcrf_message(std::string_view payload, frame_type type,
                                    const limits& limits) {
  if (type == frame_type::text) {
    auto frame = parse_mended(payload, limits.json_depth_max);
    if (frame && frame->is_object())
      return message_taker{limits}.take(frame->get_object());
  }
  // It is malformed in any dialect, and the other decoder says why.
  auto other = decode_message(payload, type, limits);
  decoded_message result;
  result.error = errc::malformed_message;
  result.reason = std::move(other.reason);
  result.message.head.request_id = std::move(other.message.head.request_id);
  return result;
}

std::string_view renamed_action(std::string_view name) {
  using pair = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<pair, 2> names{{
      {"patch", "partial_update"},
      {"delete", "destroy"},
  }};
  for (const auto& [one, other] : names) {
    if (name == one)
      return other;
    if (name == other)
      return one;
  }
  return name;
}

std::optional<std::string_view> stream_of(std::string_view route) {
  if (route.ends_with('/'))
    return route.substr(0, route.size() - 1);
  // The options of a list have neither of the two characters.
  const auto query = route.rfind("/?");
  if (query == std::string_view::npos)
    return std::nullopt;
  return route.substr(0, query);
}

} // namespace stagedoor
