#pragma once

#include "stagedoor/permissions/credentials/web_keys.hpp"

#include "caf/error.hpp"
#include "caf/expected.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace stagedoor {

/// A key file that is read again when it changes, so that keys can be rotated
/// while a server runs. A file that turns bad is reported, and the keys that
/// were there stay. Why not a thread that watches: a look costs a system call,
/// and only while tokens come.
/// Thread rule: any thread, at the same time; whoever finds the file changed
/// reads it, and the others wait for that.
class key_file {
public:
  using time_point = std::chrono::system_clock::time_point;

  struct options {
    std::string path;
    /// Between two looks at the file.
    std::chrono::milliseconds check_interval;
    /// The same while a key is missed.
    std::chrono::milliseconds missing_key_interval;
    /// Hears once of a change that is bad, on the thread that found it; may be
    /// empty.
    std::function<void(const caf::error&)> on_reload_error;
  };

  /// Reads the file for the first time.
  /// @returns errc::invalid_key_file with a line that names it.
  static caf::expected<std::shared_ptr<key_file>> open(options settings,
                                                       time_point now);

  key_file(options settings, web_keys keys, time_point now);

  /// The keys as of now, never null.
  /// @param key_is_missing whether a token names a key that is not there.
  std::shared_ptr<const web_keys> keys(time_point now, bool key_is_missing);

private:
  /// What changes when a file is written or replaced.
  struct stamp {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    off_t bytes = 0;
    ino_t node = 0;

    bool operator==(const stamp&) const = default;
  };

  static std::optional<stamp> stamp_of(const std::string& path);

  /// Whether it is time for a look; then the next one is a while away.
  bool is_due(time_point now, bool key_is_missing);

  /// Takes the keys of a file that has changed.
  caf::error reload();

  options settings_;
  std::mutex mutex_;
  std::shared_ptr<const web_keys> keys_;
  std::optional<stamp> stamp_;
  time_point checked_;
};

} // namespace stagedoor
