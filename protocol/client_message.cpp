#include "stagedoor/protocol/client_message.hpp"

#include "stagedoor/protocol/control_keys.hpp"
#include "stagedoor/protocol/json/lone_surrogates.hpp"
#include "stagedoor/protocol/json/value_handler.hpp"
#include "stagedoor/protocol/plain_message.hpp"
#include "stagedoor/protocol/salvage.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

/// Decodes a message while it is parsed: control keys go into the head, and
/// only the arguments become values. Of a key that comes twice the last counts,
/// so each value of a control key replaces what an earlier one has left.
class message_decoder : public value_sizes {
public:
  message_decoder(client_message& out, const limits& limits)
      : out_(out), limits_(limits) {}

  /// What the message is, once it has parsed.
  /// @param reason gets why it is malformed.
  errc finish(std::string& reason) {
    auto& head = out_.head;
    if (flaws_.request_id != flaw::none)
      head.request_id.reset();
    if (!is_object_ || flaws_.any()) {
      head.action.reset();
      head.route.clear();
      reason = is_object_ ? flaws_.text(limits_) : "not a JSON object";
      return errc::malformed_message;
    }
    if (once_)
      out_.once = std::make_shared<const once_mark>(
          once_mark{std::move(*once_), once_age_});
    if (argument_count_ > 0)
      out_.arguments = std::move(arguments_->release().get_object());
    return head.action ? errc::none : errc::action_missing;
  }

  /// What comes next in a text was half of a surrogate pair.
  void lone_surrogate_follows() { has_lone_surrogate_ = true; }

  bool on_document_begin(boost::system::error_code&) { return true; }
  bool on_document_end(boost::system::error_code&) { return true; }

  bool on_object_begin(boost::system::error_code&) {
    is_object_ |= depth_ == 0;
    ++depth_;
    return true;
  }

  bool on_object_end(std::size_t size, boost::system::error_code& error) {
    if (--depth_ == 0)
      return argument_count_ == 0
             || arguments_->on_object_end(argument_count_, error);
    return is_argument() ? arguments_->on_object_end(size, error)
                         : take_invalid();
  }

  bool on_array_begin(boost::system::error_code&) {
    ++depth_;
    return true;
  }

  bool on_array_end(std::size_t size, boost::system::error_code& error) {
    --depth_;
    return is_argument() ? arguments_->on_array_end(size, error)
                         : take_invalid();
  }

  bool on_key_part(json::string_view part, std::size_t size,
                   boost::system::error_code& error) {
    if (depth_ == 1)
      text_ += part;
    else if (is_argument())
      return arguments_->on_key_part(part, size, error);
    return true;
  }

  bool on_key(json::string_view last, std::size_t size,
              boost::system::error_code& error) {
    if (depth_ > 1)
      return !is_argument() || arguments_->on_key(last, size, error);
    const auto key = whole(last);
    place_ = place_of(key);
    has_lone_surrogate_ = false;
    if (is_argument()) {
      if (argument_count_++ == 0)
        arguments_.emplace();
      arguments_->on_key(key, size, error);
    }
    text_.clear();
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t size,
                      boost::system::error_code& error) {
    if (is_argument())
      return arguments_->on_string_part(part, size, error);
    text_ += part;
    return true;
  }

  bool on_string(json::string_view last, std::size_t size,
                 boost::system::error_code& error) {
    if (is_argument())
      return arguments_->on_string(last, size, error);
    take_text(whole(last));
    text_.clear();
    return true;
  }

  bool on_number_part(json::string_view, boost::system::error_code&) {
    return true;
  }

  bool on_int64(std::int64_t number, json::string_view text,
                boost::system::error_code& error) {
    return is_argument() ? arguments_->on_int64(number, text, error)
                         : take_integer(number);
  }

  bool on_uint64(std::uint64_t number, json::string_view text,
                 boost::system::error_code& error) {
    return is_argument() ? arguments_->on_uint64(number, text, error)
                         : take_integer(number);
  }

  bool on_double(double estimate, json::string_view text,
                 boost::system::error_code& error) {
    if (is_argument())
      return arguments_->on_double(estimate, text, error);
    double exact = 0;
    return value_handler::read_double(estimate, text, exact, error)
           && take_invalid();
  }

  bool on_bool(bool truth, boost::system::error_code& error) {
    return is_argument() ? arguments_->on_bool(truth, error) : take_invalid();
  }

  bool on_null(boost::system::error_code& error) {
    return is_argument() ? arguments_->on_null(error) : take_null();
  }

  bool on_comment_part(json::string_view, boost::system::error_code&) {
    return true;
  }
  bool on_comment(json::string_view, boost::system::error_code&) {
    return true;
  }

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
      flaws_.action = flaw_of(text, text.size());
      if (flaws_.action == flaw::none)
        out_.head.action = text;
      break;
    case place::route:
      flaws_.route = flaw_of(text, limits_.route_bytes_max);
      if (flaws_.route == flaw::none)
        out_.head.route = text;
      break;
    case place::request_id:
      flaws_.request_id = flaw_of(text, limits_.request_id_bytes_max);
      if (flaws_.request_id == flaw::none)
        out_.head.request_id.emplace(json::string(text));
      break;
    case place::once:
      flaws_.once = flaw_of(text, text.size());
      once_ = text;
      break;
    case place::once_age:
      flaws_.once_age = flaw::type;
      break;
    }
  }

  [[nodiscard]] flaw flaw_of(std::string_view text,
                             std::size_t bytes_max) const {
    if (has_lone_surrogate_)
      return flaw::lone_surrogate;
    return text.size() > bytes_max ? flaw::size : flaw::none;
  }

  template <class Integer>
  bool take_integer(Integer number) {
    if (place_ == place::once_age)
      return take_age(number);
    if (place_ != place::request_id)
      return take_invalid();
    flaws_.request_id = flaw::none;
    out_.head.request_id.emplace(number);
    return true;
  }

  /// Years are as good as for ever.
  template <class Integer>
  bool take_age(Integer ms) {
    flaws_.once_age = std::cmp_less(ms, 0) ? flaw::type : flaw::none;
    constexpr auto most = std::chrono::milliseconds{std::chrono::years{1}};
    once_age_ = std::cmp_less(ms, most.count())
                    ? std::chrono::milliseconds{static_cast<std::int64_t>(ms)}
                    : most;
    return true;
  }

  bool take_null() {
    if (place_ == place::action) {
      flaws_.action = flaw::none;
      out_.head.action.reset();
    } else if (place_ == place::request_id) {
      flaws_.request_id = flaw::none;
      out_.head.request_id.emplace(nullptr);
    } else {
      take_invalid();
    }
    return true;
  }

  bool take_invalid() {
    if (auto* flawed = flaws_.at(place_))
      *flawed = flaw::type;
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
  bool has_lone_surrogate_ = false;
  control_flaws flaws_;
  std::optional<std::string> once_;
  std::chrono::milliseconds once_age_{0};
};

using message_parser = json::basic_parser<message_decoder>;

/// How far a parser has come.
struct progress {
  std::size_t bytes = 0;
  boost::system::error_code error;
};

/// Parses a text that has halves of surrogate pairs: in pieces, with U+FFFD in
/// the place of each half. A piece ends within a text only, so that no number
/// is cut: Boost.JSON takes one that ends there for a number too large.
progress parse_without(const std::vector<std::size_t>& lone_surrogates,
                       std::string_view payload, message_parser& parser) {
  progress done;
  const auto write = [&](std::string_view piece, bool more) {
    const auto size =
        parser.write_some(more, piece.data(), piece.size(), done.error);
    done.bytes += size;
    return !done.error && size == piece.size();
  };
  for (const auto at : lone_surrogates) {
    if (!write(payload.substr(done.bytes, at - done.bytes), true))
      return done;
    parser.handler().lone_surrogate_follows();
    if (!write("\\ufffd", true))
      return done;
  }
  write(payload.substr(done.bytes), false);
  return done;
}

std::string why_unread(const progress& done, const limits& limits) {
  if (done.error == json::error::too_deep)
    return "nested deeper than " + std::to_string(limits.json_depth_max);
  return (done.error == json::error::exponent_overflow
              ? "a number that is too large at byte "
              : "not JSON at byte ")
         + std::to_string(done.bytes);
}

decoding malformed(std::string_view payload, const limits& limits,
                   std::string reason, client_message& out) {
  out = {};
  out.head.request_id = salvaged_request_id(payload, limits);
  return {errc::malformed_message, std::move(reason)};
}

decoding finish(message_parser& parser) {
  decoding result;
  result.error = parser.handler().finish(result.reason);
  return result;
}

/// Decodes a message that could not be parsed as it is.
decoding decode_mended(std::string_view payload, const limits& limits,
                       progress done, client_message& out) {
  const auto lone_surrogates = find_lone_surrogates(payload);
  if (!lone_surrogates.empty()) {
    out = {};
    json::parse_options options;
    options.max_depth = limits.json_depth_max;
    message_parser parser(options, out, limits);
    done = parse_without(lone_surrogates, payload, parser);
    if (!done.error && done.bytes == payload.size())
      return finish(parser);
  }
  return malformed(payload, limits, why_unread(done, limits), out);
}

decoding parse_message(std::string_view payload, const limits& limits,
                       client_message& out) {
  json::parse_options options;
  options.max_depth = limits.json_depth_max;
  message_parser parser(options, out, limits);
  progress done;
  done.bytes =
      parser.write_some(false, payload.data(), payload.size(), done.error);
  if (done.error || done.bytes < payload.size())
    return decode_mended(payload, limits, done, out);
  return finish(parser);
}

} // namespace

decoding decode_message(std::string_view payload, frame_type type,
                        const limits& limits, client_message& out) {
  if (type != frame_type::text)
    return malformed(payload, limits, "a binary message; send text", out);
  if (decode_plain_message(payload, limits, out))
    return {};
  out = {};
  return parse_message(payload, limits, out);
}

decoded_message decode_message(std::string_view payload, frame_type type,
                               const limits& limits) {
  decoded_message result;
  static_cast<decoding&>(result) =
      decode_message(payload, type, limits, result.message);
  return result;
}

} // namespace stagedoor
