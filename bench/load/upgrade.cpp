#include "load/upgrade.hpp"

#include <algorithm>

namespace stagedoor::load {

namespace {

// Those of RFC 6455, section 1.3. One for all: nothing here keeps them apart.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

constexpr std::size_t head_bytes_max = 16'384;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether the head has the field with that value; names know no case.
bool has_field(std::string_view head, std::string_view name,
               std::string_view value) {
  auto same = [](char x, char y) { return lower(x) == lower(y); };
  for (auto at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at)) {
    at += 2;
    auto line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':'
        || !std::equal(name.begin(), name.end(), line.begin(), same))
      continue;
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return line == value;
  }
  return false;
}

} // namespace

std::string upgrade_request(const target& to) {
  return "GET " + to.path + " HTTP/1.1\r\nHost: " + to.host
         + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: "
         + std::string{key} + "\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

upgrade_answer read_upgrade_answer(std::string_view bytes) {
  constexpr std::string_view end = "\r\n\r\n";
  using state = upgrade_answer::state;
  auto at = bytes.find(end);
  if (at == std::string_view::npos) {
    if (bytes.size() < head_bytes_max)
      return {state::incomplete, 0, {}};
    return {state::refused, 0, "the answer to the opening request is too long"};
  }
  auto head = bytes.substr(0, at);
  auto line = std::string{head.substr(0, head.find("\r\n"))};
  if (!line.starts_with("HTTP/1.1 101"))
    return {state::refused, 0, "the opening request was refused: " + line};
  if (!has_field(head, "Sec-WebSocket-Accept", accept))
    return {state::refused, 0, "the Sec-WebSocket-Accept is wrong"};
  return {state::accepted, at + end.size(), {}};
}

} // namespace stagedoor::load
