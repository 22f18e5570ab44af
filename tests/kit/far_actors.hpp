#pragma once

#include "stagedoor/protocol/caf_api/version.hpp"

#include "caf/actor_system.hpp"
#include "caf/binary_deserializer.hpp"
#include "caf/binary_serializer.hpp"
#include "caf/error.hpp"
#include "caf/message.hpp"
#include "caf/node_id.hpp"
#include "caf/proxy_registry.hpp"

#if STAGEDOOR_CAF_2
#include "caf/detail/default_actor_handle_codec.hpp"
#endif
#if !STAGEDOOR_CAF_1
#include "caf/scoped_execution_unit.hpp"
#endif

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor::caf_api {

/// The ways that `far_actors` sends on.
class far_ways {
public:
  /// Whether there is a link to that system.
  [[nodiscard]] virtual bool leads_to(const caf::node_id& system) const = 0;
  /// Brings bytes to the `far_actors` of that system, whose `take` gets them.
  virtual void carry(const caf::node_id& system, std::vector<char> bytes) = 0;
  /// Something cannot be sent, or cannot be read.
  virtual void failed(const std::string& why) = 0;

protected:
  ~far_ways() = default;
};

/// The actors of other systems of this process, as one system sees them: like
/// those of other nodes. Whatever crosses is written as bytes and read again,
/// as CAF's middleman does it. Requests, their answers and monitors work, links
/// between actors do not.
/// Thread rule: one thread, for all systems that are connected.
class far_actors final : private caf::proxy_registry::backend {
public:
  far_actors(caf::actor_system& sys, far_ways& ways);

  ~far_actors() override;

  far_actors(const far_actors&) = delete;
  far_actors& operator=(const far_actors&) = delete;

  /// Takes what the far_actors of another system has sent.
  void take(const caf::node_id& from, const std::vector<char>& bytes);

  /// There is no link to that system any more: its actors are gone for this
  /// one.
  void lose(const caf::node_id& system);

  /// From now on nothing is sent.
  void close() { ways_ = nullptr; }

  /// The same, and all actors of other systems are gone.
  void end();

  /// Writes values, with handles of actors.
  /// @returns nothing if that fails.
  template <class... Ts>
  std::vector<char> write(const Ts&... values) {
#if STAGEDOOR_CAF_1
    caf::byte_buffer bytes;
#if STAGEDOOR_CAF_2
    caf::detail::default_actor_handle_codec codec{system_};
    caf::binary_serializer sink{bytes, &codec};
#else
    caf::binary_serializer sink{system_, bytes};
#endif
    if (!(sink.apply(values) && ...)) {
      failed(sink.get_error());
      return {};
    }
    const auto* first = reinterpret_cast<const char*>(bytes.data());
    return {first, first + bytes.size()};
#else
    std::vector<char> bytes;
    caf::binary_serializer sink{&context_, bytes};
    caf::error error;
    if (!(is_done(error, save(sink, values)) && ...)) {
      failed(error);
      return {};
    }
    return bytes;
#endif
  }

  /// Reads values from such bytes, which another system has written.
  template <class... Ts>
  bool read(const std::vector<char>& bytes, Ts&... values) {
#if STAGEDOOR_CAF_1
    auto* before = caf::proxy_registry::current();
    caf::proxy_registry::current(&proxies_);
#if STAGEDOOR_CAF_2
    caf::detail::default_actor_handle_codec codec{system_};
    caf::binary_deserializer source{bytes.data(), bytes.size(), &codec};
#else
    caf::binary_deserializer source{system_, bytes.data(), bytes.size()};
#endif
    const auto is_read = (source.apply(values) && ...);
    caf::proxy_registry::current(before);
    if (!is_read)
      failed(source.get_error());
    return is_read;
#else
    caf::binary_deserializer source{&context_, bytes};
    caf::error error;
    const auto is_read = (is_done(error, load(source, values)) && ...);
    if (!is_read)
      failed(error);
    return is_read;
#endif
  }

private:
  class proxy;

#if !STAGEDOOR_CAF_1
  // A serializer that is called with a message swallows its error.
  template <class T>
  static caf::error save(caf::binary_serializer& sink, const T& value) {
    if constexpr (std::is_same_v<T, caf::message>)
      return value.save(sink);
    else
      return sink(value);
  }

  template <class T>
  static caf::error load(caf::binary_deserializer& source, T& value) {
    if constexpr (std::is_same_v<T, caf::message>)
      return value.load(source);
    else
      return source(value);
  }

  static bool is_done(caf::error& kept, caf::error came) {
    kept = std::move(came);
    return kept == caf::none;
  }
#endif

  caf::strong_actor_ptr make_proxy(caf::node_id system,
                                   caf::actor_id id) override;
  void set_last_hop(caf::node_id*) override {}

  void send(const proxy& receiver, caf::mailbox_element& what);
  void take_message(const std::vector<char>& bytes);
  void watch(const caf::node_id& watcher, caf::actor_id watched);
  void failed(const caf::error& why);

  caf::actor_system& system_;
  far_ways* ways_;
  caf::proxy_registry proxies_;
#if !STAGEDOOR_CAF_1
  caf::scoped_execution_unit context_;
#endif
  /// What the monitors of other systems refer to.
  std::shared_ptr<far_actors*> self_;
};

/// Gives an actor system another identity than the one that CAF finds, which is
/// another one each time: whatever is in the order of nodes would be in another
/// order. Call it before the system has any actor.
/// @param number of the system, which no other one may have.
void identify(caf::actor_system& sys, std::uint32_t number);

} // namespace stagedoor::caf_api
