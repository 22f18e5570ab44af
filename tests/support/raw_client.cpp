#include "raw_client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <stdexcept>
#include <system_error>

namespace stagedoor::test {

namespace {

/// The pair that RFC 6455 has in its examples.
constexpr const char* websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr const char* websocket_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

constexpr std::string_view blank_line = "\r\n\r\n";

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("raw_client: " + what);
}

[[noreturn]] void fail_with_errno(const std::string& what) {
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    fail(what + ": timed out");
  throw std::system_error(errno, std::generic_category(), what);
}

void set_option(int socket, int level, int name, const auto& value) {
  if (setsockopt(socket, level, name, &value, sizeof(value)) != 0)
    fail_with_errno("setsockopt");
}

std::string lower_case(std::string text) {
  for (auto& c : text)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// The bytes of an HTTP answer's body; npos if they end with the stream.
std::size_t body_length(const std::string& head) {
  if (head.starts_with("HTTP/1.1 101 "))
    return 0;
  constexpr std::string_view name = "\r\ncontent-length: ";
  const auto found = lower_case(head).find(name);
  return found == std::string::npos
             ? std::string::npos
             : std::stoul(head.substr(found + name.size()));
}

void append_big_endian(std::string& out, std::uint64_t number,
                       std::size_t bytes) {
  while (bytes-- > 0)
    out += static_cast<char>((number >> (8 * bytes)) & 0xFF);
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t result = 0;
  for (const char c : bytes)
    result = result << 8 | static_cast<unsigned char>(c);
  return result;
}

} // namespace

// -- opening_text -------------------------------------------------------------

opening_text::opening_text(std::string target)
    : line_("GET " + target + " HTTP/1.1"),
      headers_({{"Host", "127.0.0.1"},
                {"Upgrade", "websocket"},
                {"Connection", "Upgrade"},
                {"Sec-WebSocket-Version", "13"},
                {"Sec-WebSocket-Key", websocket_key}}) {}

opening_text& opening_text::line(std::string text) {
  line_ = std::move(text);
  return *this;
}

opening_text& opening_text::set(const std::string& name, std::string value) {
  const auto found =
      std::find_if(headers_.begin(), headers_.end(),
                   [&](const auto& header) { return header.first == name; });
  if (found == headers_.end())
    return add(name, std::move(value));
  found->second = std::move(value);
  return *this;
}

opening_text& opening_text::add(std::string name, std::string value) {
  headers_.emplace_back(std::move(name), std::move(value));
  return *this;
}

opening_text& opening_text::drop(const std::string& name) {
  std::erase_if(headers_,
                [&](const auto& header) { return header.first == name; });
  return *this;
}

std::string opening_text::str() const {
  auto result = line_ + "\r\n";
  for (const auto& [name, value] : headers_)
    result += name + ": " + value + "\r\n";
  return result + "\r\n";
}

std::string switching_protocols(std::string_view more) {
  return std::string("HTTP/1.1 101 Switching Protocols\r\n"
                     "Upgrade: websocket\r\n"
                     "Connection: upgrade\r\n"
                     "Sec-WebSocket-Accept: ")
      .append(websocket_accept)
      .append("\r\n")
      .append(more)
      .append("Date: now\r\nServer: Stagedoor\r\n\r\n");
}

// -- raw_client ---------------------------------------------------------------

raw_client::raw_client(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0)
    fail_with_errno("socket");
  const timeval limit{timeout.count(), 0};
  set_option(socket_, SOL_SOCKET, SO_RCVTIMEO, limit);
  set_option(socket_, SOL_SOCKET, SO_SNDTIMEO, limit);
  set_option(socket_, IPPROTO_TCP, TCP_NODELAY, 1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address),
                sizeof(address))
      != 0) {
    const auto error = errno;
    close();
    errno = error;
    fail_with_errno("connect");
  }
}

raw_client::~raw_client() {
  close();
}

void raw_client::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0)
      fail_with_errno("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t raw_client::send_what_fits(std::string_view bytes) {
  std::size_t total = 0;
  while (total < bytes.size()) {
    const auto rest = bytes.substr(total);
    const auto sent =
        ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      break;
    if (sent < 0)
      fail_with_errno("send");
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

bool raw_client::receive() {
  std::array<char, 16 * 1024> buffer;
  const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (size < 0)
    fail_with_errno("recv");
  unread_.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0;
}

std::string raw_client::read_bytes(std::size_t count) {
  while (unread_.size() < count)
    if (!receive())
      fail("the stream ended after \"" + unread_ + '"');
  auto result = unread_.substr(0, count);
  unread_.erase(0, count);
  return result;
}

std::string raw_client::read_http_answer() {
  auto end = unread_.find(blank_line);
  for (; end == std::string::npos; end = unread_.find(blank_line))
    if (!receive())
      fail("no HTTP answer but \"" + unread_ + '"');
  auto head = read_bytes(end + blank_line.size());
  const auto length = body_length(head);
  return with_date_checked(
      head
      + (length == std::string::npos ? read_until_eof() : read_bytes(length)));
}

std::string raw_client::ask_http(const opening_text& request) {
  send_bytes(request.str());
  return read_http_answer();
}

std::string raw_client::read_until_eof() {
  while (receive()) {
  }
  return std::exchange(unread_, {});
}

bool raw_client::receive_rest() {
  try {
    while (receive()) {
    }
    return true;
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::connection_reset)
      throw;
    return false;
  }
}

bool raw_client::is_reset() {
  const auto ended = receive_rest();
  unread_.clear();
  return !ended;
}

void raw_client::end() {
  if (::shutdown(socket_, SHUT_WR) != 0)
    fail_with_errno("shutdown");
}

void raw_client::close() {
  if (socket_ >= 0)
    ::close(std::exchange(socket_, -1));
}

void raw_client::reset() {
  set_option(socket_, SOL_SOCKET, SO_LINGER, linger{1, 0});
  close();
}

// -- websocket_client ---------------------------------------------------------

std::ostream& operator<<(std::ostream& out, const close_text& what) {
  return out << what.code << " \"" << what.reason << '"';
}

std::string encode_frame(bool fin, opcode kind, std::string_view payload,
                         bool masked, std::uint8_t rsv) {
  std::string result;
  result += static_cast<char>((fin ? 0x80 : 0) | (rsv & 7) << 4
                              | static_cast<int>(kind));
  const auto mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    append_big_endian(result, mask_bit | payload.size(), 1);
  } else if (payload.size() <= 0xFFFF) {
    result += static_cast<char>(mask_bit | 126);
    append_big_endian(result, payload.size(), 2);
  } else {
    result += static_cast<char>(mask_bit | 127);
    append_big_endian(result, payload.size(), 8);
  }
  if (!masked)
    return result.append(payload);
  // In plain arrays: tests, which are not optimised, mask megabytes.
  constexpr char mask[] = {0x37, '\xFA', 0x21, 0x3D};
  result.append(mask, sizeof mask);
  auto* const begin =
      result.append(payload).data() + result.size() - payload.size();
  const auto size = payload.size();
  for (std::size_t i = 0; i < size; ++i)
    begin[i] = static_cast<char>(begin[i] ^ mask[i % sizeof mask]);
  return result;
}

websocket_client::websocket_client(std::uint16_t port,
                                   const opening_text& request)
    : raw_client(port) {
  const auto answer = ask_http(request);
  if (!answer.starts_with("HTTP/1.1 101 "))
    fail("not accepted: " + answer);
}

void websocket_client::send_text(std::string_view text) {
  send_frame(true, opcode::text, text);
}

void websocket_client::send_binary(std::string_view bytes) {
  send_frame(true, opcode::binary, bytes);
}

void websocket_client::send_frame(bool fin, opcode kind,
                                  std::string_view payload, bool masked,
                                  std::uint8_t rsv) {
  send_bytes(encode_frame(fin, kind, payload, masked, rsv));
}

void websocket_client::send_close(std::uint16_t code, std::string_view reason) {
  std::string payload;
  append_big_endian(payload, code, 2);
  send_frame(true, opcode::close, payload.append(reason));
}

frame websocket_client::read_frame() {
  const auto first = static_cast<unsigned char>(read_bytes(1)[0]);
  const auto second = static_cast<unsigned char>(read_bytes(1)[0]);
  if ((second & 0x80) != 0)
    fail("the server masked a frame");
  std::uint64_t length = second;
  if (length == 126)
    length = read_big_endian(read_bytes(2));
  else if (length == 127)
    length = read_big_endian(read_bytes(8));
  return {(first & 0x80) != 0, static_cast<std::uint8_t>(first >> 4 & 7),
          static_cast<opcode>(first & 15), read_bytes(length)};
}

std::string parse_text(frame message) {
  if (message.kind == opcode::close && message.payload.size() >= 2)
    fail("closed with "
         + std::to_string(read_big_endian(message.payload.substr(0, 2))) + ' '
         + message.payload.substr(2) + " instead of a text");
  if (message.kind != opcode::text || !message.fin || message.rsv != 0)
    fail("no whole text but opcode "
         + std::to_string(static_cast<int>(message.kind)));
  return std::move(message.payload);
}

std::string websocket_client::read_text() {
  return parse_text(read_frame());
}

close_text parse_close(const frame& what) {
  if (what.kind != opcode::close || !what.fin || what.rsv != 0)
    fail("no close but: " + what.payload);
  if (what.payload.empty())
    return {};
  if (what.payload.size() < 2)
    fail("a close frame with half a code");
  const auto code = read_big_endian(what.payload.substr(0, 2));
  return {static_cast<std::uint16_t>(code), what.payload.substr(2)};
}

close_text websocket_client::read_close() {
  return parse_close(read_frame());
}

std::string websocket_client::ask(std::string_view text) {
  send_text(text);
  return read_text();
}

close_text websocket_client::say_goodbye() {
  send_close();
  auto result = read_close();
  if (!expect_eof())
    fail("bytes behind the server's close frame");
  close();
  return result;
}

} // namespace stagedoor::test
