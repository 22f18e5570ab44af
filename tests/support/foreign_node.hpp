#pragma once

#include <caf/event_based_actor.hpp>

#include <stagedoor/actors/cluster/node_hello.hpp>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

namespace stagedoor::test {

/// What a node that is not ours says of itself.
inline node_hello hello_of(std::string name, std::string address) {
  cluster_options options;
  options.name = std::move(name);
  auto result = node_hello::of_this_process(options);
  result.address = std::move(address);
  return result;
}

/// A node that answers each hello with its own and a refusal, and takes no
/// notice of anything else.
inline caf::behavior answers_with(caf::event_based_actor* self,
                                  const node_hello& hello,
                                  const std::string& refusal) {
  self->set_default_handler(caf::drop);
  return {[hello, refusal](const std::string&, std::uint16_t,
                           const std::string&, const std::string&,
                           std::uint64_t, const std::string&, std::uint8_t)
              -> caf::result<std::string, std::uint16_t, std::string,
                             std::string, std::uint64_t, std::string,
                             std::uint8_t, std::string> {
    const auto [magic, protocol, version, name, incarnation, address, roles] =
        hello.to_wire();
    return {magic,       protocol, version, name,
            incarnation, address,  roles,   refusal};
  }};
}

} // namespace stagedoor::test
