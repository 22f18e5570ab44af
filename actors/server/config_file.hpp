#pragma once

#include "caf/config_option_set.hpp"
#include "caf/error.hpp"
#include "caf/expected.hpp"
#include "caf/settings.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// A config file as its author wrote it. CAF reads the same file by itself, but
/// it drops what it cannot use without a word: options of unknown groups,
/// values of a wrong type, the second of two values, and everything if the file
/// ends before its last brace (findings/caf_config_file_is_ignored.sh). This
/// class names each of these with the line on which it stands.
class config_file {
public:
  /// No file, which says nothing.
  config_file() = default;

  /// Reads a file and checks that CAF takes all of it.
  /// @returns errc::invalid_option with a line that names the file and, where
  ///          there is one, the line in it.
  static caf::expected<config_file> read(const std::string& path);

  /// The same for the text of a file.
  static caf::expected<config_file> parse(const std::string& path,
                                          std::string_view text);

  /// What `read` has read.
  [[nodiscard]] const std::string& text() const { return text_; }

  /// Checks that everything in the file is an option and has its type.
  [[nodiscard]] caf::error check(const caf::config_option_set& options) const;

  /// Adds the file and the line to an error about an option that the file sets.
  /// @param text an error that begins with the name of the option and a colon.
  [[nodiscard]] std::string placed(const std::string& text) const;

private:
  /// One option or group.
  struct key {
    /// With the groups around it, as in `limits.idle-timeout`.
    std::string name;
    std::size_t line;
  };

  class scanner;

  [[nodiscard]] caf::error wrong(std::size_t line,
                                 const std::string& text) const;

  /// Checks that each key is in what CAF has read, and only once.
  [[nodiscard]] caf::error check_keys() const;

  std::string path_;
  std::string text_;
  /// In the order of the file.
  std::vector<key> keys_;
  caf::settings content_;
};

/// Checks a value of an option in a config file.
/// @returns errc::invalid_option with a line that says what a good value is.
caf::error check_value(const caf::config_option& option,
                       const std::string& name, const caf::config_value& value);

/// Says what a value of the option looks like.
std::string expectation_of(const caf::config_option& option);

} // namespace stagedoor
