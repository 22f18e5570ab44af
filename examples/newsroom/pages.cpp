#include "newsroom.hpp"
#include "newsroom_page.hpp"

namespace stagedoor::newsroom {

namespace {

constexpr const char* html = "text/html; charset=utf-8";
constexpr const char* css = "text/css; charset=utf-8";
constexpr const char* script = "text/javascript; charset=utf-8";
constexpr const char* svg = "image/svg+xml";

web_page page_of(const char* content_type, std::string_view body) {
  return {content_type, std::string{body}};
}

} // namespace

web_pages pages() {
  return {
      {"/", page_of(html, files::index_html)},
      {"/can.js", page_of(script, files::can_js)},
      {"/gates.js", page_of(script, files::gates_js)},
      {"/groups.js", page_of(script, files::groups_js)},
      {"/icon.svg", page_of(svg, files::icon_svg)},
      {"/page.css", page_of(css, files::page_css)},
      {"/page.js", page_of(script, files::page_js)},
      {"/posts.js", page_of(script, files::posts_js)},
      {"/reconnect.js", page_of(script, files::reconnect_js)},
      {"/room.js", page_of(script, files::room_js)},
      {"/stagedoor.js", page_of(script, files::stagedoor_js)},
  };
}

} // namespace stagedoor::newsroom
