#include "stagedoor/actors/cluster/node_hello.hpp"

#include <random>
#include <string_view>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::string_view magic = "stagedoor";
constexpr std::uint8_t front_bit = 1;
constexpr std::uint8_t handlers_bit = 2;

/// `major.minor` of a version.
std::string_view series_of(std::string_view version) {
  return version.substr(0, version.find('.', version.find('.') + 1));
}

} // namespace

node_hello node_hello::of_this_process(const cluster_options& options) {
  node_hello result;
  result.version = STAGEDOOR_VERSION;
  result.name = options.name;
  std::random_device random;
  result.incarnation = (std::uint64_t{random()} << 32U) | random();
  result.roles = options.roles;
  return result;
}

node_hello::wire node_hello::to_wire() const {
  const auto bits =
      (roles.front ? front_bit : 0) | (roles.handlers ? handlers_bit : 0);
  return {std::string{magic},
          protocol,
          version,
          name,
          incarnation,
          address,
          static_cast<std::uint8_t>(bits)};
}

bool node_hello::from_wire(wire values) {
  std::string word;
  std::uint8_t bits = 0;
  std::tie(word, protocol, version, name, incarnation, address, bits) =
      std::move(values);
  roles.front = (bits & front_bit) != 0;
  roles.handlers = (bits & handlers_bit) != 0;
  return word == magic;
}

std::string node_hello::mismatch(const node_hello& other) const {
  if (other.protocol != protocol)
    return "speaks protocol " + std::to_string(other.protocol) + ", this one "
           + std::to_string(protocol);
  if (series_of(other.version) != series_of(version))
    return "is of version " + other.version + ", this one of " + version;
  return {};
}

std::string node_hello::text() const {
  return "node " + name + " at " + address;
}

std::string text_of(const node_roles& roles) {
  if (roles.front && roles.handlers)
    return "front, handlers";
  return roles.front ? "front" : "handlers";
}

} // namespace stagedoor
