#include "stagedoor/protocol/request.hpp"

#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/query.hpp"

#include <utility>

namespace stagedoor {

namespace {

request_data make_empty_data() {
  request_data data;
  data.scope = std::make_shared<const scope>();
  data.message.head.action.emplace();
  return data;
}

} // namespace

request::request() {
  // CAF makes an empty one for every message that it is about to read.
  static const request empty{make_empty_data()};
  data_ = empty.data_;
}

request::request(request_data data) : request(request_draft{std::move(data)}) {}

request::request(request_draft draft) : data_(std::move(draft.contents_)) {
  STAGEDOOR_ASSERT(data_->scope != nullptr);
  STAGEDOOR_ASSERT(data_->message.head.action.has_value());
}

const fields& request::query() const {
  static const fields none;
  if (route().find('?') == std::string::npos)
    return none;
  std::call_once(data_->is_query_decoded,
                 [this] { data_->query = query_of_route(route()); });
  return data_->query;
}

const json::value* request::body(std::string_view key) const {
  return data_->message.arguments.if_contains(key);
}

const std::string* request::capture(std::string_view name) const {
  return find_field(data_->captures, name);
}

request_wire to_wire(const request& x) {
  const auto& data = x.data();
  const auto& head = data.message.head;
  request_wire wire;
  wire.scope = *data.scope;
  wire.action = *head.action;
  wire.route = head.route;
  if (head.request_id)
    wire.request_id = to_json(*head.request_id);
  wire.arguments = to_json(json::value(data.message.arguments));
  wire.captures = data.captures;
  wire.connection = data.connection;
  wire.sequence = data.sequence;
  wire.concurrent_allowed = data.concurrent_allowed;
  return wire;
}

caf::error from_wire(request& x, request_wire& wire) {
  auto arguments = parse_json(wire.arguments, wire_depth_max);
  if (!arguments)
    return std::move(arguments.error());
  if (!arguments->is_object())
    return make_error(errc::malformed_message,
                      "arguments of a request: no object");
  request_data data;
  auto& head = data.message.head;
  if (!wire.request_id.empty()) {
    auto request_id = parse_json(wire.request_id, wire_depth_max);
    if (!request_id)
      return std::move(request_id.error());
    head.request_id = std::move(*request_id);
  }
  head.action = std::move(wire.action);
  head.route = std::move(wire.route);
  data.message.arguments = std::move(arguments->get_object());
  data.scope = std::make_shared<const scope>(std::move(wire.scope));
  data.captures = std::move(wire.captures);
  data.connection = std::move(wire.connection);
  data.sequence = wire.sequence;
  data.concurrent_allowed = wire.concurrent_allowed;
  x = request(std::move(data));
  return caf::none;
}

} // namespace stagedoor
