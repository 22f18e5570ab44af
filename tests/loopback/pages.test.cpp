// What a server answers to plain requests from memory: server_options::pages.

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "support/conversation.hpp"
#include "support/http_texts.hpp"

namespace pages_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// A byte of each kind that a careless copy would lose.
const std::string home_body{"<p>\0\xFF\r\n\r\n\"</p>", 14};

web_pages two_pages() {
  return {{"/", {"text/html; charset=utf-8", home_body}},
          {"/a.css", {"text/css", "p{}"}}};
}

test_server::edit with_pages(web_pages pages) {
  return [pages = std::move(pages)](server_options& options) {
    options.pages = pages;
  };
}

std::string plain(const std::string& method, const std::string& target,
                  const std::string& more = {}) {
  return method + ' ' + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more
         + "\r\n";
}

std::string get(const std::string& target) {
  return plain("GET", target);
}

/// The head of the answer with a page.
std::string head_of(const std::string& type, std::size_t length) {
  return "HTTP/1.1 200 OK\r\nDate: now\r\nServer: Stagedoor\r\nContent-Type: "
         + type + "\r\nContent-Length: " + std::to_string(length)
         + "\r\nConnection: close\r\n"
           "Cache-Control: no-cache\r\n"
           "Content-Security-Policy: default-src 'self'; base-uri 'none'; "
           "form-action 'self'; frame-ancestors 'none'\r\n"
           "X-Content-Type-Options: nosniff\r\n\r\n";
}

const auto home_head = head_of("text/html; charset=utf-8", home_body.size());
const auto home = home_head + home_body;
const auto style = head_of("text/css", 3) + "p{}";

/// What `serve` says of a page.
std::string fault_of(std::string path, web_page what) {
  try {
    test_server server(newsroom::endpoints(),
                       with_pages({{std::move(path), std::move(what)}}));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(pages)

BOOST_AUTO_TEST_CASE(answers_a_get_with_the_page_of_that_path) {
  test_server server(newsroom::endpoints(), with_pages(two_pages()));
  BOOST_TEST(answer_to_bytes(server, get("/")) == home);
  BOOST_TEST(answer_to_bytes(server, get("/?a=b")) == home);
  BOOST_TEST(answer_to_bytes(server, get("/a.css")) == style);
  BOOST_TEST(answer_to_bytes(server, get("/%61.css")) == style);
}

BOOST_AUTO_TEST_CASE(only_the_whole_path_names_a_page) {
  test_server server(newsroom::endpoints(), with_pages(two_pages()));
  for (const auto* target : {"/a", "/A.css", "/a.css.map"})
    BOOST_TEST_CONTEXT(target)
  BOOST_TEST(answer_to_bytes(server, get(target)) == not_found_answer);
  BOOST_TEST(answer_to_bytes(server, get("//")) == not_found_but("/"));
  BOOST_TEST(answer_to_bytes(server, get("/a.css/"))
             == not_found_but("/a.css"));
}

BOOST_AUTO_TEST_CASE(answers_a_head_without_the_body) {
  test_server server(newsroom::endpoints(), with_pages(two_pages()));
  BOOST_TEST(answer_to_head(server, plain("HEAD", "/")) == home_head);
}

BOOST_AUTO_TEST_CASE(answers_whatever_body_comes_with_the_request) {
  test_server server(newsroom::endpoints(), with_pages(two_pages()));
  BOOST_TEST(
      answer_to_bytes(server, plain("GET", "/", "Content-Length: 2\r\n") + "ab")
      == home);
}

BOOST_AUTO_TEST_CASE(other_methods_find_no_page) {
  test_server server({endpoint("/ws/")},
                     with_pages({{"/", {"text/plain", "home"}},
                                 {"/ws/", {"text/plain", "manual"}}}));
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS"})
    BOOST_TEST_CONTEXT(method) {
      BOOST_TEST(answer_to_bytes(server, plain(method, "/"))
                 == not_found_answer);
      BOOST_TEST(answer_to_bytes(server, plain(method, "/ws/"))
                 == upgrade_required);
    }
}

BOOST_AUTO_TEST_CASE(an_upgrade_reaches_the_endpoint_of_the_same_path) {
  test_server server({endpoint("/ws/")},
                     with_pages({{"/ws/", {"text/plain", "manual"}}}));
  BOOST_TEST(answer_to(server, opening_text("/ws/")) == accepted);
  BOOST_TEST(answer_to(server, opening_text("/ws/").drop("Sec-WebSocket-Key"))
             == bad_handshake);
  BOOST_TEST(answer_to_bytes(server, get("/ws/"))
             == head_of("text/plain", 6) + "manual");
}

BOOST_AUTO_TEST_CASE(an_upgrade_finds_no_page) {
  test_server server(newsroom::endpoints(), with_pages(two_pages()));
  BOOST_TEST(answer_to(server, opening_text("/")) == not_found_answer);
  BOOST_TEST(answer_to(server, opening_text("/a.css/")) == not_found_answer);
}

BOOST_AUTO_TEST_CASE(the_rows_above_come_before_pages) {
  test_server server(newsroom::endpoints(), [](server_options& options) {
    options.pages = two_pages();
    options.limits.connections_max = 1;
  });
  websocket_client client(server.port(), "/ws/");
  BOOST_TEST(answer_to_bytes(server, "GET / HTTP/1.1\r\n\r\n") == bad_request);
  BOOST_TEST(answer_to_bytes(server, get("/")) == unavailable_answer);
  server->drain();
  check_drained(client);
  BOOST_TEST(answer_to_bytes(server, get("/")) == unavailable_answer);
}

BOOST_AUTO_TEST_CASE(a_server_without_pages_has_none) {
  test_server server;
  BOOST_TEST(answer_to_bytes(server, get("/")) == not_found_answer);
}

BOOST_AUTO_TEST_CASE(a_page_that_could_not_be_served_stops_the_start) {
  const auto says = [](const std::string& path, const std::string& type,
                       const std::string& reason) {
    return fault_of(path, {type, ""})
        .ends_with("pages: \"" + path + "\" " + reason);
  };
  BOOST_TEST(fault_of("/", {"text/plain", ""}) == "");
  BOOST_TEST(says("", "text/plain", "does not begin with a slash"));
  BOOST_TEST(says("a.css", "text/css", "does not begin with a slash"));
  BOOST_TEST(says("/healthz", "text/plain", "is a health check"));
  BOOST_TEST(says("/readyz", "text/plain", "is a health check"));
  BOOST_TEST(says("/", "", "has no valid content type"));
  BOOST_TEST(says("/", "a\r\nX: y", "has no valid content type"));
  BOOST_TEST(says("/", "text/\xC3\xA9", "has no valid content type"));
}

BOOST_AUTO_TEST_CASE(the_page_of_the_example_is_what_stands_in_its_folder) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> files;
  const auto read = [&](const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    const auto name = path.filename().string();
    files[name == "index.html" ? "/" : "/" + name] =
        std::string{std::istreambuf_iterator<char>{in}, {}};
  };
  const fs::path top{STAGEDOOR_SOURCE_DIR};
  for (const auto& entry :
       fs::directory_iterator(top / "examples/newsroom/page"))
    if (entry.path().filename() != "screenshot.png")
      read(entry.path());
  for (const auto& entry : fs::directory_iterator(top / "protocol/javascript"))
    if (entry.path().extension() == ".js")
      read(entry.path());
  std::map<std::string, std::string> compiled_in;
  for (const auto& [path, found] : newsroom::pages())
    compiled_in[path] = found.body;
  BOOST_TEST(!files["/"].empty());
  BOOST_TEST((compiled_in == files));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pages_suite
