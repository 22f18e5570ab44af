#include "stagedoor/protocol/json/json.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json_writer.hpp"
#include "stagedoor/protocol/json/value_handler.hpp"

#include <boost/json/basic_parser_impl.hpp>

namespace stagedoor {

caf::expected<json::value> parse_json(std::string_view text,
                                      std::size_t depth_max) {
  json::parse_options options;
  options.max_depth = depth_max;
  json::basic_parser<value_handler> parser(options);
  boost::system::error_code error;
  const auto size = parser.write_some(false, text.data(), text.size(), error);
  if (error)
    return make_error(errc::malformed_message, error.message());
  if (size < text.size())
    return make_error(errc::malformed_message, "text behind the JSON value");
  return parser.handler().release();
}

bool append_json(std::string& out, std::string_view text) {
  json_writer write(out);
  write.text(text);
  return write.finish();
}

bool append_json(std::string& out, const json::value& value) {
  json_writer write(out);
  write.value(value);
  return write.finish();
}

std::string to_json(const json::value& value) {
  std::string result;
  append_json(result, value);
  return result;
}

std::string to_json_string(std::string_view text) {
  std::string result;
  append_json(result, text);
  return result;
}

} // namespace stagedoor
