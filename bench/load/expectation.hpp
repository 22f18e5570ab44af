#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stagedoor::load {

/// What a reply has to be.
class expectation {
public:
  /// Any reply will do.
  expectation() = default;

  [[nodiscard]] bool met_by(std::string_view reply) const;

  /// As on the command line: `200`, `echo`, `any`.
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  friend std::optional<expectation>
  parse_expectation(std::string_view text, const std::string& message);

  enum class kind { any, echo, status };
  kind kind_ = kind::any;
  std::string text_ = "any";
  /// The message, or the digits of the status.
  std::string value_;
};

/// @param text a number from 100 to 599 (the `status` of the reply's envelope),
/// `echo` (the reply is the message) or `any`.
std::optional<expectation> parse_expectation(std::string_view text,
                                             const std::string& message);

} // namespace stagedoor::load
