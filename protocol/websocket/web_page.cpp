#include "stagedoor/protocol/websocket/web_page.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/websocket/handshake.hpp"

#include <algorithm>

namespace stagedoor {

namespace {

/// 'self' covers ws: and wss: of the same host too.
constexpr const char* content_security_policy =
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

/// Nothing that ends a header, or is none.
bool is_header_value(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~';
  });
}

} // namespace

caf::error validate(const web_pages& pages) {
  const auto invalid = [](const std::string& path, const char* reason) {
    return invalid_option("pages: \"" + path + "\" " + reason);
  };
  for (const auto& [path, found] : pages) {
    if (!path.starts_with('/'))
      return invalid(path, "does not begin with a slash");
    if (path == "/healthz" || path == "/readyz")
      return invalid(path, "is a health check");
    if (!is_header_value(found.content_type))
      return invalid(path, "has no valid content type");
  }
  return caf::none;
}

http_answer answer_of(const web_page& found) {
  http_answer result;
  result.headers = {{"Cache-Control", "no-cache"},
                    {"Content-Security-Policy", content_security_policy},
                    {"X-Content-Type-Options", "nosniff"}};
  result.body = found.body;
  result.content_type = found.content_type;
  return result;
}

} // namespace stagedoor
