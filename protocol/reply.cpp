#include "stagedoor/protocol/reply.hpp"

#include "stagedoor/protocol/errors.hpp"

namespace stagedoor {

// NOLINTNEXTLINE(performance-unnecessary-value-param): the public interface.
reply reject(std::string text) {
  return reply{400, nullptr, json::array{json::string(text)}};
}

reply reject(json::object texts_by_field) {
  return reply{400, nullptr, json::array{std::move(texts_by_field)}};
}

reply not_found() {
  return to_reply(errc::object_not_found);
}

reply fail(std::uint16_t status, json::array errors) {
  if (status < 400 || status > 599)
    return to_reply(errc::server_error);
  return reply{status, nullptr, std::move(errors)};
}

caf::error load_reply(reply& x, const std::string& data,
                      const std::string& errors) {
  auto parsed_data = parse_json(data, wire_depth_max);
  if (!parsed_data)
    return std::move(parsed_data.error());
  auto parsed_errors = parse_json(errors, wire_depth_max);
  if (!parsed_errors)
    return std::move(parsed_errors.error());
  if (!parsed_errors->is_array())
    return make_error(errc::malformed_message, "errors of a reply: no array");
  x.data = std::move(*parsed_data);
  x.errors = std::move(parsed_errors->get_array());
  return caf::none;
}

} // namespace stagedoor
