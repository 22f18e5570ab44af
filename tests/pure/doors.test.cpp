#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "support/source_tree.hpp"

namespace doors_suite {

// The doors of the house: which headers are installed, that nothing behind them
// shows through, and that headers form no circle.

using namespace stagedoor::test;

namespace {

namespace fs = std::filesystem;

/// Of the library.
constexpr std::ptrdiff_t public_headers_max = 86;
/// Of the test kit, which no server includes.
constexpr std::ptrdiff_t kit_headers_max = 6;

/// The words between `set(NAME` and the closing bracket.
lines words_of_list(const std::string& cmake, const std::string& name) {
  const auto begin = cmake.find("set(" + name);
  if (begin == std::string::npos)
    return {};
  const auto end = cmake.find(')', begin);
  std::istringstream in{cmake.substr(begin, end - begin)};
  lines result;
  std::string word;
  in >> word; // The name itself.
  while (in >> word)
    result.push_back(word);
  return result;
}

/// The paths of all installed headers, from the top of the tree.
const std::set<std::string>& public_headers() {
  static const auto result = [] {
    const auto cmake = read_file(top_of_tree() / "cmake/public_headers.cmake");
    std::set<std::string> headers;
    for (const auto& path : words_of_list(cmake, "stagedoor_public_headers"))
      headers.insert(path);
    for (const auto& name :
         words_of_list(cmake, "stagedoor_public_kit_headers"))
      headers.insert("tests/kit/" + name);
    return headers;
  }();
  return result;
}

/// What a public header includes that no application may see.
lines check_public_header(const source& file,
                          const std::set<std::string>& public_paths) {
  lines found;
  for (const auto& header : includes_of(file)) {
    const auto place = file.path + ":" + std::to_string(header.line) + ": ";
    const auto path = path_of(header.name);
    if (!path.empty() && !public_paths.contains(path))
      found.push_back(place + "a public header must not include the private "
                      + header.name);
    if (header.name.starts_with("<boost/asio")
        || header.name.starts_with("<boost/beast"))
      found.push_back(place + "a public header must not include "
                      + header.name);
  }
  return found;
}

using include_graph = std::map<std::string, lines>;

/// Walks the includes of a header in depth.
/// @returns the way of a circle, header behind header; empty if there is none.
lines find_circle(const include_graph& graph, const std::string& header,
                  lines& way, std::set<std::string>& finished) {
  if (auto i = std::find(way.begin(), way.end(), header); i != way.end()) {
    lines circle{i, way.end()};
    circle.push_back(header);
    return circle;
  }
  const auto entry = graph.find(header);
  if (entry == graph.end() || finished.contains(header))
    return {};
  way.push_back(header);
  for (const auto& next : entry->second)
    if (auto circle = find_circle(graph, next, way, finished); !circle.empty())
      return circle;
  way.pop_back();
  finished.insert(header);
  return {};
}

lines find_circle(const include_graph& graph) {
  std::set<std::string> finished;
  for (const auto& [header, includes] : graph) {
    lines way;
    if (auto circle = find_circle(graph, header, way, finished);
        !circle.empty())
      return circle;
  }
  return {};
}

/// The headers of the library and its test kit, and which of them each
/// includes.
include_graph library_headers() {
  include_graph result;
  for (const auto& file : source_tree()) {
    if (!file.path.ends_with(".hpp")
        || (!in_library(file) && !under(file, "tests/kit/")))
      continue;
    auto& includes = result[file.path];
    for (const auto& header : includes_of(file))
      if (auto path = path_of(header.name); !path.empty())
        includes.push_back(std::move(path));
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(doors)

BOOST_AUTO_TEST_CASE(reads_a_list_of_cmake) {
  BOOST_TEST(words_of_list("set(a\n  x/y.hpp\n  z.hpp)\nset(b c)\n", "a")
             == (lines{"x/y.hpp", "z.hpp"}));
  BOOST_TEST(words_of_list("set(b c)\n", "a").empty());
}

BOOST_AUTO_TEST_CASE(every_public_header_exists) {
  BOOST_TEST(public_headers().contains("actors/stagedoor.hpp"));
  BOOST_TEST(public_headers().contains("tests/kit/world.hpp"));
  for (const auto& path : public_headers())
    BOOST_TEST(fs::exists(top_of_tree() / path), path);
}

// <stagedoor/stagedoor.hpp> is installed besides: it only includes its
// namesake.
BOOST_AUTO_TEST_CASE(there_are_few_public_headers) {
  const auto of_kit =
      std::ranges::count_if(public_headers(), [](const auto& x) {
        return x.starts_with("tests/kit/");
      });
  const auto all = static_cast<std::ptrdiff_t>(public_headers().size());
  BOOST_TEST(all - of_kit + 1 <= public_headers_max);
  BOOST_TEST(of_kit <= kit_headers_max);
}

BOOST_AUTO_TEST_CASE(sees_what_a_public_header_must_not_include) {
  const std::set<std::string> known{"protocol/a.hpp", "protocol/b.hpp"};
  auto finds = [&](std::string text) {
    return check_public_header({"protocol/a.hpp", std::move(text)}, known);
  };
  BOOST_TEST(finds("#include \"stagedoor/protocol/b.hpp\"\n#include <vector>\n")
                 .empty());
  BOOST_TEST(finds("\n#include \"stagedoor/protocol/c.hpp\"\n")
             == lines{"protocol/a.hpp:2: a public header must not include the "
                      "private \"stagedoor/protocol/c.hpp\""});
  BOOST_TEST(finds("#include <boost/asio/ip/tcp.hpp>\n").size() == 1u);
  BOOST_TEST(finds("#include <boost/beast.hpp>\n").size() == 1u);
}

BOOST_AUTO_TEST_CASE(public_headers_include_only_public_headers) {
  lines found;
  for (const auto& file : source_tree())
    if (public_headers().contains(file.path))
      std::ranges::move(check_public_header(file, public_headers()),
                        std::back_inserter(found));
  BOOST_TEST(joined(found) == "");
}

BOOST_AUTO_TEST_CASE(sees_a_circle) {
  BOOST_TEST(find_circle({{"a", {"b", "c"}}, {"b", {"c"}}, {"c", {}}}).empty());
  BOOST_TEST(find_circle({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}})
             == (lines{"b", "c", "b"}));
}

BOOST_AUTO_TEST_CASE(no_headers_include_each_other) {
  BOOST_TEST(joined(find_circle(library_headers())) == "");
}

BOOST_AUTO_TEST_CASE(every_source_has_a_header_of_its_own) {
  lines found;
  for (const auto& file : source_tree())
    if (in_library(file) && file.path.ends_with(".cpp")) {
      const auto header = fs::path(file.path).replace_extension(".hpp");
      if (!fs::exists(top_of_tree() / header))
        found.push_back(file.path);
    }
  BOOST_TEST(joined(found) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace doors_suite
