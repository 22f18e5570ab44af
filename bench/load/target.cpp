#include "load/target.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <arpa/inet.h>

#include <netdb.h>

#include <cstdint>
#include <cstring>
#include <memory>

namespace stagedoor::load {

namespace {

constexpr std::uint16_t default_port = 80;

struct address_list_deleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

} // namespace

std::variant<target, std::string> parse_target(std::string_view url) {
  auto parsed = boost::urls::parse_uri({url.data(), url.size()});
  if (!parsed || parsed->scheme() != "ws" || parsed->host().empty())
    return "expected ws://HOST:PORT/PATH";
  target result;
  result.url = url;
  result.host = std::string{parsed->encoded_host_and_port()};
  result.path = std::string{parsed->encoded_target()};
  if (result.path.empty() || result.path.front() != '/')
    result.path.insert(0, "/");
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  auto host = std::string{parsed->host()};
  if (int code = getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0)
    return host + ": " + gai_strerror(code);
  std::unique_ptr<addrinfo, address_list_deleter> owner{list};
  std::memcpy(&result.address, list->ai_addr, sizeof result.address);
  auto port = parsed->has_port() ? parsed->port_number() : default_port;
  result.address.sin_port = htons(port);
  return result;
}

in_addr source_of(const target& to, std::size_t index, std::size_t sources) {
  constexpr std::uint32_t loopback_bits = 0x7F000000;
  constexpr std::uint32_t network_mask = 0xFF000000;
  in_addr result{};
  if ((ntohl(to.address.sin_addr.s_addr) & network_mask) != loopback_bits)
    return result;
  auto host = static_cast<std::uint32_t>(1 + index % sources);
  result.s_addr = htonl(loopback_bits | host);
  return result;
}

} // namespace stagedoor::load
