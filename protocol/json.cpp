#include "stagedoor/protocol/json.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json_writer.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>

namespace stagedoor {

namespace {

/// Builds the value bottom-up from the events of the parser. The text always
/// comes in one piece, so that a number is never split: `on_number_part` is
/// called only where the text ends inside of one, and then the parse fails.
class value_handler {
public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  value_handler() { stack_.reset(); }

  json::value release() { return stack_.release(); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }

  bool on_object_end(std::size_t size, json::error_code&) {
    stack_.push_object(size);
    return true;
  }

  bool on_array_end(std::size_t size, json::error_code&) {
    stack_.push_array(size);
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }

  bool on_key(json::string_view last, std::size_t, json::error_code&) {
    stack_.push_key(last);
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }

  bool on_string(json::string_view last, std::size_t, json::error_code&) {
    stack_.push_string(last);
    return true;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }

  bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
    stack_.push_int64(number);
    return true;
  }

  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    stack_.push_uint64(number);
    return true;
  }

  /// The parser's own double can be off by a few units in the last place, and
  /// infinite. It is good enough for one thing: from_chars says "out of range"
  /// for what is too large and for what is too small alike.
  bool on_double(double estimate, json::string_view text,
                 json::error_code& error) {
    double exact = 0;
    const auto result =
        std::from_chars(text.data(), text.data() + text.size(), exact);
    if (result.ec != std::errc{}) {
      if (std::abs(estimate) > 1) {
        error = json::error::exponent_overflow;
        return false;
      }
      exact = 0;
    }
    stack_.push_double(exact);
    return true;
  }

  bool on_bool(bool truth, json::error_code&) {
    stack_.push_bool(truth);
    return true;
  }

  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }

  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

private:
  json::value_stack stack_;
};

} // namespace

caf::expected<json::value> parse_json(std::string_view text,
                                      std::size_t depth_max) {
  json::parse_options options;
  options.max_depth = depth_max;
  json::basic_parser<value_handler> parser(options);
  json::error_code error;
  const auto size = parser.write_some(false, text.data(), text.size(), error);
  if (error)
    return make_error(errc::malformed_message, error.message());
  if (size < text.size())
    return make_error(errc::malformed_message, "text behind the JSON value");
  return parser.handler().release();
}

void append_json(std::string& out, std::string_view text) {
  json_writer write(out);
  write.text(text);
  write.finish();
}

void append_json(std::string& out, const json::value& value) {
  json_writer write(out);
  write.value(value);
  write.finish();
}

std::string to_json(const json::value& value) {
  std::string result;
  append_json(result, value);
  return result;
}

} // namespace stagedoor
