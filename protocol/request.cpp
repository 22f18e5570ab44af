#include "stagedoor/protocol/request.hpp"

#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/packed.hpp"
#include "stagedoor/protocol/query.hpp"

#include <utility>

namespace stagedoor {

namespace {

// What is true of a request that crosses a node.
constexpr std::uint64_t concurrent_bit = 1;
constexpr std::uint64_t only_asks_bit = 2;
constexpr std::uint64_t once_bit = 4;

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

std::string pack(const request& x) {
  const auto& data = x.data();
  const auto& head = data.message.head;
  packer result;
  result.text(*head.action);
  result.text(head.route);
  result.text(head.request_id ? to_json(*head.request_id) : std::string{});
  result.text(to_json(json::value(data.message.arguments)));
  result.number(data.captures.size());
  for (const auto& [name, value] : data.captures) {
    result.text(name);
    result.text(value);
  }
  result.number(data.sequence);
  result.number((data.concurrent_allowed ? concurrent_bit : 0)
                | (data.only_asks ? only_asks_bit : 0)
                | (data.message.once ? once_bit : 0));
  if (const auto& once = data.message.once) {
    result.text(once->key);
    result.number(static_cast<std::uint64_t>(once->age.count()));
  }
  return result.take();
}

caf::error unpack(request_data& x, std::string_view packed) {
  auto& head = x.message.head;
  unpacker from{packed};
  head.action = from.text();
  head.route = from.text();
  const auto request_id = from.text();
  auto arguments = parse_json(from.text(), wire_depth_max);
  for (auto left = from.number(); left > 0 && !from.has_failed(); --left) {
    const auto name = from.text();
    x.captures.emplace_back(name, from.text());
  }
  x.sequence = from.number();
  const auto bits = from.number();
  x.concurrent_allowed = (bits & concurrent_bit) != 0;
  x.only_asks = (bits & only_asks_bit) != 0;
  if ((bits & once_bit) != 0) {
    once_mark once{std::string{from.text()}, {}};
    once.age = std::chrono::milliseconds{from.number()};
    x.message.once = std::make_shared<const once_mark>(std::move(once));
  }
  if (from.has_failed() || !from.empty())
    return make_error(errc::malformed_message, "a request that is cut off");
  if (!arguments)
    return std::move(arguments.error());
  if (!arguments->is_object())
    return make_error(errc::malformed_message,
                      "arguments of a request: no object");
  x.message.arguments = std::move(arguments->get_object());
  if (!request_id.empty()) {
    auto parsed = parse_json(request_id, wire_depth_max);
    if (!parsed)
      return std::move(parsed.error());
    head.request_id = std::move(*parsed);
  }
  return caf::none;
}

caf::error unpack(request& x, std::string_view packed, scope_ptr scope,
                  caf::actor connection) {
  request_data data;
  if (auto error = unpack(data, packed))
    return error;
  data.scope = std::move(scope);
  data.connection = std::move(connection);
  x = request(std::move(data));
  return caf::none;
}

} // namespace stagedoor
