#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

class link_scribe;

/// The connections to the port of a node whose handshake is not over, and what
/// is said of connections that are refused. A stranger that never finishes its
/// handshake would hold a socket for ever.
/// Thread rule: any thread.
class open_handshakes {
public:
  explicit open_handshakes(std::shared_ptr<spdlog::logger> log);

  void add(link_scribe* link);
  void remove(link_scribe* link);

  [[nodiscard]] bool is_full() const;

  /// Those that have had their time.
  [[nodiscard]] std::vector<link_scribe*> late() const;

  // Each kind of warning is logged once in `handshake_warning_interval`.
  void warn_full();
  void warn_no_descriptors();
  /// @param why a connection could not be set up.
  void warn_failed(const std::string& why);
  /// @param host where the other node is.
  /// @param version of CAF's protocol that it speaks.
  void warn_version(const std::string& host, std::uint64_t version);

private:
  using clock = std::chrono::steady_clock;
  /// When a warning of one kind was logged.
  using last_time = std::optional<clock::time_point>;

  void warn(last_time& last, const std::string& text);

  const std::shared_ptr<spdlog::logger> log_;
  mutable std::mutex mutex_;
  /// Each with the end of its time.
  std::map<link_scribe*, clock::time_point> open_;
  last_time told_full_;
  last_time told_no_descriptors_;
  last_time told_failed_;
  last_time told_version_;
};

using open_handshakes_ptr = std::shared_ptr<open_handshakes>;

/// Says of a node that it was built with another CAF; it goes on behind the
/// address.
/// @param version of CAF's protocol that the node speaks.
std::string version_text(std::uint64_t version);

} // namespace stagedoor
