#include "stagedoor/protocol/websocket/message_deflate.hpp"

#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace stagedoor {

namespace {

namespace zlib = boost::beast::zlib;

/// What each message would end with: RFC 7692, section 7.2.1.
constexpr std::string_view left_out{"\x00\x00\xFF\xFF", 4};

constexpr int compression_level = 6;
constexpr int compression_memory = 8;
constexpr int largest_window_bits = 15;

/// The size of a buffer: what the output grows by at a time.
constexpr std::size_t step_bytes = 4096;

/// A size of a window, 8 to 15, without leading zeros.
std::optional<int> window_bits(std::string_view text) {
  int bits = 0;
  const auto* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, bits);
  if (error != std::errc{} || rest != end || text.front() == '0' || bits < 8
      || bits > 15)
    return std::nullopt;
  return bits;
}

/// Takes the trimmed item up to the next separator off the front of `text`.
std::string_view take_item(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto result = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return result;
}

/// One parameter of an offer.
struct parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

parameter parse_parameter(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos)
    return {text, std::nullopt};
  auto value = trim(text.substr(equals + 1));
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
    value = value.substr(1, value.size() - 2);
  return {trim(text.substr(0, equals)), value};
}

/// @param parameters what stands behind the extension's name.
/// @returns nothing if a parameter is unknown, given twice or out of range.
std::optional<deflate_agreement> agree_on(std::string_view parameters) {
  deflate_agreement result;
  bool has_client_bits = false;
  while (!parameters.empty()) {
    const auto [name, value] = parse_parameter(take_item(parameters, ';'));
    if (name == "server_no_context_takeover") {
      if (value || std::exchange(result.server_no_context_takeover, true))
        return std::nullopt;
    } else if (name == "client_no_context_takeover") {
      if (value || std::exchange(result.client_no_context_takeover, true))
        return std::nullopt;
    } else if (name == "server_max_window_bits") {
      const auto bits = value ? window_bits(*value) : std::nullopt;
      // zlib has no window of 8 bits.
      if (result.server_max_window_bits || !bits || *bits < 9)
        return std::nullopt;
      result.server_max_window_bits = bits;
    } else if (name == "client_max_window_bits") {
      // Only says that it could use a smaller one.
      if (std::exchange(has_client_bits, true)
          || (value && !window_bits(*value)))
        return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return result;
}

} // namespace

std::string deflate_agreement::text() const {
  std::string result = "permessage-deflate";
  if (server_no_context_takeover)
    result += "; server_no_context_takeover";
  if (client_no_context_takeover)
    result += "; client_no_context_takeover";
  // RFC 7692, section 7.1.2.1, wants it said even if it is the largest.
  if (server_max_window_bits)
    result +=
        "; server_max_window_bits=" + std::to_string(*server_max_window_bits);
  return result;
}

std::optional<deflate_agreement> agree_on_deflate(std::string_view offers) {
  // Not Beast's ext_list: it loses the parameters of an offer before a comma.
  while (!offers.empty()) {
    auto offer = take_item(offers, ',');
    if (lower_case(take_item(offer, ';')) == "permessage-deflate")
      if (auto result = agree_on(offer))
        return result;
  }
  return std::nullopt;
}

struct message_deflate::streams {
  zlib::deflate_stream out;
  zlib::inflate_stream in;
};

message_deflate::message_deflate(const deflate_agreement& agreement)
    : agreement_(agreement), streams_(std::make_unique<streams>()) {
  streams_->out.reset(
      compression_level,
      agreement.server_max_window_bits.value_or(largest_window_bits),
      compression_memory, zlib::Strategy::normal);
}

message_deflate::~message_deflate() = default;

std::string message_deflate::compress(std::string_view text) {
  // RFC 7692, section 7.2.3.6. zlib flushes no second time without more text.
  if (text.empty())
    return {'\0'};
  std::string result;
  zlib::z_params work{};
  work.next_in = text.data();
  work.avail_in = text.size();
  boost::system::error_code error;
  while (work.avail_out == 0) {
    const auto done = result.size();
    result.resize(done + std::max(step_bytes, text.size() / 2));
    work.next_out = result.data() + done;
    work.avail_out = result.size() - done;
    streams_->out.write(work, zlib::Flush::sync, error);
    result.resize(result.size() - work.avail_out);
  }
  result.resize(result.size() - left_out.size());
  if (agreement_.server_no_context_takeover)
    streams_->out.reset();
  return result;
}

namespace {

/// Goes back to the first byte behind the end of a stream. Beast's inflate
/// reads one byte ahead where the code for the end has fewer bits than others.
std::size_t go_back(zlib::z_params& work) {
  constexpr unsigned unread_bits = 63; // Of `data_type`, as zlib defines it.
  const auto bytes = (static_cast<unsigned>(work.data_type) & unread_bits) / 8;
  work.next_in = static_cast<const char*>(work.next_in) - bytes;
  return work.avail_in += bytes;
}

} // namespace

close_code message_deflate::expand(std::string_view compressed,
                                   std::size_t bytes_max, std::string& text) {
  text.clear();
  auto has_ended = false;
  zlib::z_params work{};
  for (auto part : {compressed, left_out}) {
    work.next_in = part.data();
    work.avail_in = part.size();
    do {
      const auto done = text.size();
      // One more than it may be: so it shows.
      text.resize(std::min(done + step_bytes, bytes_max + 1));
      work.next_out = text.data() + done;
      work.avail_out = text.size() - done;
      boost::system::error_code error;
      streams_->in.write(work, zlib::Flush::sync, error);
      text.resize(text.size() - work.avail_out);
      if (text.size() > bytes_max)
        return close_code::message_too_big;
      if (error == zlib::error::end_of_stream) {
        // RFC 7692, section 7.2.3.4: the client may end its stream, and begin
        // another one. If none follows, the message has no end to be put back.
        has_ended = go_back(work) == 0 || part.data() == left_out.data();
        streams_->in.reset();
      } else if (error
                 && (error != zlib::error::need_buffers || work.avail_in > 0)) {
        // Without progress it is the stream that has failed before.
        return close_code::invalid_utf8;
      }
    } while (!has_ended && (work.avail_in > 0 || work.avail_out == 0));
    if (has_ended)
      break;
  }
  if (agreement_.client_no_context_takeover)
    streams_->in.reset();
  return close_code::none;
}

} // namespace stagedoor
