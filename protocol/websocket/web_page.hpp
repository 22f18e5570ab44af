#pragma once

#include "caf/error.hpp"

#include <map>
#include <string>

namespace stagedoor {

struct http_answer;

/// What a server answers a plain GET of one path with, from memory: a web page,
/// its scripts, its styles.
struct web_page {
  /// The value of `Content-Type`, such as `text/html; charset=utf-8`.
  std::string content_type;
  std::string body;
};

/// Pages by the path that asks for them: `/`, `/page.css`.
using web_pages = std::map<std::string, web_page>;

/// Checks that every page can be asked for, and that its content type is one
/// header value.
/// @returns errc::invalid_option with a line that names the path.
caf::error validate(const web_pages& pages);

/// The answer with a page. A browser may load into it what this server serves,
/// connect to this server, and ask it each time whether the page is still the
/// same; it shows it in no frame.
/// @param without_body whether it answers a HEAD.
http_answer answer_of(const web_page& found, bool without_body);

} // namespace stagedoor
