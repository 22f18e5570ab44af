#pragma once

#include "caf/error.hpp"

#include <map>
#include <string>

namespace stagedoor {

struct http_answer;

/// A file that a server sends from memory as the answer to a plain GET of one
/// path: a web page, a script, a style sheet.
struct web_page {
  /// The value of `Content-Type`, such as `text/html; charset=utf-8`.
  std::string content_type;
  std::string body;
};

/// Pages by their paths, for instance `/` and `/page.css`.
using web_pages = std::map<std::string, web_page>;

/// Checks that every path can occur in a request, and that every content type
/// is one header value.
/// @returns errc::invalid_option with a line that names the path.
caf::error validate(const web_pages& pages);

/// Returns the answer with a page. Its headers let the page load files from
/// this server and connect to it, forbid browsers to show it in a frame, and
/// make them ask each time whether the page has changed.
http_answer answer_of(const web_page& found);

} // namespace stagedoor
