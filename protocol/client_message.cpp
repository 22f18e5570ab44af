#include "stagedoor/protocol/client_message.hpp"

#include "stagedoor/protocol/json/value_handler.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <optional>
#include <utility>

namespace stagedoor {

namespace {

/// Where a value goes: that of each key of the message has its place, and
/// outside of an object there is none.
enum class place { nowhere, argument, action, route, request_id };

place place_of(std::string_view key) {
  if (key == "action")
    return place::action;
  if (key == "route")
    return place::route;
  if (key == "request_id")
    return place::request_id;
  return place::argument;
}

/// Decodes a message while it is parsed: control keys go into the head, and
/// only the arguments become values. Of a key that comes twice the last counts,
/// so each value of a control key replaces what an earlier one has left.
class message_decoder {
public:
  static constexpr auto max_object_size = value_handler::max_object_size;
  static constexpr auto max_array_size = value_handler::max_array_size;
  static constexpr auto max_key_size = value_handler::max_key_size;
  static constexpr auto max_string_size = value_handler::max_string_size;

  message_decoder(client_message& out, const limits& limits)
      : out_(out), limits_(limits) {}

  /// What the message is, once it has parsed.
  errc finish() {
    auto& head = out_.head;
    if (!request_id_is_valid_)
      head.request_id.reset();
    if (!is_object_ || !request_id_is_valid_ || !route_is_valid_
        || !action_is_valid_) {
      head.action.reset();
      head.route.clear();
      return errc::malformed_message;
    }
    if (argument_count_ > 0)
      out_.arguments = std::move(arguments_->release().get_object());
    return head.action ? errc::none : errc::action_missing;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    is_object_ |= depth_ == 0;
    ++depth_;
    return true;
  }

  bool on_object_end(std::size_t size, json::error_code& error) {
    if (--depth_ == 0)
      return argument_count_ == 0
             || arguments_->on_object_end(argument_count_, error);
    return is_argument() ? arguments_->on_object_end(size, error)
                         : take_invalid();
  }

  bool on_array_begin(json::error_code&) {
    ++depth_;
    return true;
  }

  bool on_array_end(std::size_t size, json::error_code& error) {
    --depth_;
    return is_argument() ? arguments_->on_array_end(size, error)
                         : take_invalid();
  }

  bool on_key_part(json::string_view part, std::size_t size,
                   json::error_code& error) {
    if (depth_ == 1)
      text_ += part;
    else if (is_argument())
      return arguments_->on_key_part(part, size, error);
    return true;
  }

  bool on_key(json::string_view last, std::size_t size,
              json::error_code& error) {
    if (depth_ > 1)
      return !is_argument() || arguments_->on_key(last, size, error);
    const auto key = whole(last);
    place_ = place_of(key);
    if (is_argument()) {
      if (argument_count_++ == 0)
        arguments_.emplace();
      arguments_->on_key(key, size, error);
    }
    text_.clear();
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t size,
                      json::error_code& error) {
    if (is_argument())
      return arguments_->on_string_part(part, size, error);
    text_ += part;
    return true;
  }

  bool on_string(json::string_view last, std::size_t size,
                 json::error_code& error) {
    if (is_argument())
      return arguments_->on_string(last, size, error);
    take_text(whole(last));
    text_.clear();
    return true;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }

  bool on_int64(std::int64_t number, json::string_view text,
                json::error_code& error) {
    return is_argument() ? arguments_->on_int64(number, text, error)
                         : take_integer(number);
  }

  bool on_uint64(std::uint64_t number, json::string_view text,
                 json::error_code& error) {
    return is_argument() ? arguments_->on_uint64(number, text, error)
                         : take_integer(number);
  }

  bool on_double(double estimate, json::string_view text,
                 json::error_code& error) {
    if (is_argument())
      return arguments_->on_double(estimate, text, error);
    double exact = 0;
    return value_handler::read_double(estimate, text, exact, error)
           && take_invalid();
  }

  bool on_bool(bool truth, json::error_code& error) {
    return is_argument() ? arguments_->on_bool(truth, error) : take_invalid();
  }

  bool on_null(json::error_code& error) {
    return is_argument() ? arguments_->on_null(error) : take_null();
  }

  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

private:
  [[nodiscard]] bool is_argument() const { return place_ == place::argument; }

  /// A key or a text that came in parts, or else in one: that is its last.
  std::string_view whole(std::string_view last) {
    if (text_.empty())
      return last;
    return text_ += last;
  }

  // -- the value of a control key ---------------------------------------------
  // What is inside of an object or an array is told as well; the end of that
  // comes later, and makes it invalid.

  void take_text(std::string_view text) {
    switch (place_) {
    case place::nowhere:
    case place::argument:
      break;
    case place::action:
      action_is_valid_ = true;
      out_.head.action = text;
      break;
    case place::route:
      route_is_valid_ = text.size() <= limits_.route_bytes_max;
      if (route_is_valid_)
        out_.head.route = text;
      break;
    case place::request_id:
      request_id_is_valid_ = text.size() <= limits_.request_id_bytes_max;
      if (request_id_is_valid_)
        out_.head.request_id.emplace(json::string(text));
      break;
    }
  }

  template <class Integer>
  bool take_integer(Integer number) {
    if (place_ != place::request_id)
      return take_invalid();
    request_id_is_valid_ = true;
    out_.head.request_id.emplace(number);
    return true;
  }

  bool take_null() {
    if (place_ == place::action) {
      action_is_valid_ = true;
      out_.head.action.reset();
    } else if (place_ == place::request_id) {
      request_id_is_valid_ = true;
      out_.head.request_id.emplace(nullptr);
    } else {
      take_invalid();
    }
    return true;
  }

  bool take_invalid() {
    if (place_ == place::action)
      action_is_valid_ = false;
    else if (place_ == place::route)
      route_is_valid_ = false;
    else if (place_ == place::request_id)
      request_id_is_valid_ = false;
    return true;
  }

  client_message& out_;
  const limits& limits_;
  /// There from the first argument on: it costs as much as a short message.
  std::optional<value_handler> arguments_;
  std::size_t argument_count_ = 0;
  std::size_t depth_ = 0;
  /// Of the value that is being parsed.
  place place_ = place::nowhere;
  /// The parts of a key or of a control key's text.
  std::string text_;
  bool is_object_ = false;
  bool action_is_valid_ = true;
  bool route_is_valid_ = true;
  bool request_id_is_valid_ = true;
};

} // namespace

decoded_message decode_message(std::string_view payload, frame_type type,
                               const limits& limits) {
  decoded_message result;
  result.error = errc::malformed_message;
  if (type != frame_type::text)
    return result;
  json::parse_options options;
  options.max_depth = limits.json_depth_max;
  json::basic_parser<message_decoder> parser(options, result.message, limits);
  json::error_code error;
  const auto size =
      parser.write_some(false, payload.data(), payload.size(), error);
  if (error || size < payload.size())
    result.message = {};
  else
    result.error = parser.handler().finish();
  return result;
}

} // namespace stagedoor
