#include "stagedoor/protocol/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "support/source_tree.hpp"

namespace documentation_suite {

// The pages beside the sources, as far as they can be checked: what they cite
// is there, the code that they show is compiled, and the limits that they list
// are those of the code. Each check is shown to fail on a bad text, and then
// run over the tree.

using stagedoor::limit_info;
using stagedoor::limit_table;
using stagedoor::limits;
using namespace stagedoor::test;

namespace {

namespace fs = std::filesystem;

/// The names of the members of `struct limits`, as the configuration has them.
lines limit_names(const std::string& limits_hpp) {
  static const std::regex pattern(
      R"(^\s+(?:std::size_t|duration)\s+(\w+)\s*=)");
  lines result;
  for (const auto& line : split_lines(limits_hpp))
    if (std::smatch match; std::regex_search(line, match, pattern)) {
      result.push_back(match[1]);
      std::replace(result.back().begin(), result.back().end(), '_', '-');
    }
  return result;
}

/// The row of a limit in the table of actors/server/README.md.
std::string row_of(const limit_info& entry) {
  const limits defaults;
  std::string value;
  if (const auto* number = std::get_if<std::size_t limits::*>(&entry.member)) {
    value = std::to_string(defaults.**number);
  } else {
    auto time = defaults.*std::get<limits::duration limits::*>(entry.member);
    auto whole = time.count() % 1000 == 0;
    value = std::to_string(whole ? time.count() / 1000 : time.count())
            + (whole ? " s" : " ms");
  }
  return "| `" + std::string(entry.name) + "` | " + value + " | "
         + std::string(entry.help) + " |\n";
}

/// What of `parts` does not stand in the text of `page`, word for word.
lines check_contains(const source& page, const lines& parts) {
  lines found;
  for (const auto& part : parts)
    if (page.text.find(part) == std::string::npos)
      found.push_back(page.path + " lacks: " + part);
  return found;
}

/// What stands between `// README: begin x` and `// README: end x`, without the
/// indentation of its first line.
lines marked_parts(const std::string& text) {
  const std::string begin = "// README: begin ";
  const std::string end = "// README: end ";
  lines result;
  std::istringstream in{text};
  std::string part;
  std::size_t indent = 0;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.find(end) != std::string::npos) {
      result.push_back(std::exchange(part, {}));
      inside = false;
    } else if (line.find(begin) != std::string::npos) {
      inside = true;
    } else if (inside) {
      if (part.empty())
        indent = line.find_first_not_of(' ');
      part += line.substr(std::min(indent, line.size())) + '\n';
    }
  }
  return result;
}

/// The lines of a page that are not inside of a fenced block, each behind its
/// number.
std::vector<std::pair<std::size_t, std::string>>
lines_of_prose(const std::string& page) {
  std::vector<std::pair<std::size_t, std::string>> result;
  std::size_t number = 0;
  bool is_fenced = false;
  for (auto& line : split_lines(page)) {
    ++number;
    if (line.starts_with("```"))
      is_fenced = !is_fenced;
    else if (!is_fenced)
      result.emplace_back(number, std::move(line));
  }
  return result;
}

/// A path in a file may start at that file's folder or at the top of the tree.
lines paths_from_top(const source& file, const std::string& path) {
  const auto folder = fs::path(file.path).parent_path();
  return {(folder / path).lexically_normal().generic_string(),
          fs::path("./" + path).lexically_normal().generic_string()};
}

/// Finds the pages that a file names and that are not there.
/// @param pages the paths of all pages, from the top of the tree.
lines check_cited_pages(const source& file, const lines& pages) {
  static const std::regex pattern(R"([\w./:-]+\.md\b)");
  auto is_page = [&](const std::string& path) {
    return std::ranges::find(pages, path) != pages.end();
  };
  lines found;
  std::size_t number = 0;
  for (const auto& line : split_lines(file.text)) {
    ++number;
    // To look for the pattern itself takes many times as long.
    if (line.find(".md") == std::string::npos)
      continue;
    for (std::sregex_iterator i(line.begin(), line.end(), pattern), end;
         i != end; ++i) {
      const auto path = i->str();
      // A name without a folder may be that of any page.
      const auto is_named =
          path.find('/') == std::string::npos
          && std::ranges::any_of(pages, [&](const auto& page) {
               return fs::path(page).filename() == path;
             });
      if (path.find("://") == std::string::npos && !is_named
          && std::ranges::none_of(paths_from_top(file, path), is_page))
        found.push_back(file.path + ":" + std::to_string(number)
                        + ": there is no page " + path);
    }
  }
  return found;
}

/// Finds the links of a page that lead to no file.
/// @param exists tells whether a path from the top of the tree is there.
template <class Exists>
lines check_links(const source& page, Exists exists) {
  static const std::regex pattern(R"(\]\(([^()#\s:]+)(#[^()\s]*)?\))");
  lines found;
  for (const auto& [number, line] : lines_of_prose(page.text))
    for (std::sregex_iterator i(line.begin(), line.end(), pattern), end;
         i != end; ++i)
      if (!exists(paths_from_top(page, (*i)[1]).front()))
        found.push_back(page.path + ":" + std::to_string(number)
                        + ": leads nowhere: " + i->str(1));
  return found;
}

/// Finds the headings that a file names behind a page, as in
/// `protocol/README.md, "Close codes"`, and that the page does not have.
/// @param read returns the text of the page with this path from the top of the
///        tree.
template <class Read>
lines check_cited_headings(const source& file, Read read) {
  static const std::regex line_break(R"(\n\s*(///?|#)?\s*)");
  static const std::regex pattern(R"re(([\w./-]+\.md), "([^"]+)")re");
  if (file.text.find(".md,") == std::string::npos)
    return {};
  const auto text = std::regex_replace(file.text, line_break, " ");
  lines found;
  for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end;
       ++i) {
    const auto heading = i->str(2);
    const auto has_heading = [&](const std::string& path) {
      return std::ranges::any_of(
          lines_of_prose(read(path)), [&](const auto& line) {
            return line.second.starts_with("#")
                   && line.second.ends_with(" " + heading);
          });
    };
    if (std::ranges::none_of(paths_from_top(file, (*i)[1]), has_heading))
      found.push_back(file.path + ": " + i->str(1) + " has no heading \""
                      + heading + '"');
  }
  return found;
}

/// Finds a header that the page of its room does not name.
lines check_named_by_room(const source& header, const std::string& page) {
  if (!in_library(header) || !header.path.ends_with(".hpp")
      || page.find('`' + fs::path(header.path).stem().string() + '`')
             != std::string::npos)
    return {};
  return {header.path + ": the page of its room does not name it"};
}

/// All that may name a page: pages, and files of ours in any language.
const std::vector<source>& all_texts() {
  static const auto result = [] {
    std::vector<source> files;
    auto i = fs::recursive_directory_iterator(top_of_tree());
    for (; i != fs::recursive_directory_iterator(); ++i) {
      const auto name = i->path().filename().string();
      if (i->is_directory()) {
        if (name.starts_with('.') || name.starts_with("build")
            || name == "node_modules")
          i.disable_recursion_pending();
        continue;
      }
      constexpr std::string_view kinds[]{".hpp", ".cpp",   ".md", ".txt",
                                         ".py",  ".cmake", ".js", ".sh"};
      if (std::ranges::find(kinds, i->path().extension().string())
          != std::end(kinds))
        files.push_back({i->path().lexically_relative(top_of_tree()).string(),
                         read_file(i->path())});
    }
    return files;
  }();
  return result;
}

bool is_page(const source& file) {
  return file.path.ends_with(".md");
}

/// A page of the documentation.
source page(const std::string& path) {
  return {path, read_file(top_of_tree() / path)};
}

/// What of the marked parts of a source file does not stand in a page. The file
/// must have some.
std::string check_shows(const std::string& page_path,
                        const std::string& source_path) {
  auto parts = marked_parts(read_file(top_of_tree() / source_path));
  if (parts.empty())
    return source_path + " has no marked part";
  return joined(check_contains(page(page_path), parts));
}

/// The lines of C++ in a page that stand in none of `parts`, but for blank
/// lines and includes.
lines check_only_shows(const source& page, const lines& parts) {
  auto text = page.text;
  for (const auto& part : parts)
    for (auto at = text.find(part); at != std::string::npos;
         at = text.find(part, at))
      text.erase(at, part.size());
  lines found;
  bool inside = false;
  for (const auto& line : split_lines(text))
    if (line.starts_with("```"))
      inside = line == "```cpp";
    else if (inside && !line.empty() && !line.starts_with("#include "))
      found.push_back(page.path
                      + " shows a line that is not compiled: " + line);
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(documentation)

BOOST_AUTO_TEST_CASE(sees_a_page_that_is_not_there) {
  const lines pages{"README.md", "protocol/README.md", "bench/table.md"};
  auto finds = [&](std::string path, std::string text) {
    return check_cited_pages({std::move(path), std::move(text)}, pages);
  };
  BOOST_TEST(finds("actors/a.hpp", "\n/// See docs/README.md, row 1.\n")
             == lines{"actors/a.hpp:2: there is no page docs/README.md"});
  BOOST_TEST(finds("a.py", "# STYLE.md and actors/README.md").size() == 2u);
  BOOST_TEST(finds("protocol/README.md", "[x](../HOUSE.md)").size() == 1u);
  BOOST_TEST(finds("actors/a.hpp", "// protocol/README.md").empty());
  BOOST_TEST(finds("actors/README.md", "[x](../protocol/README.md)").empty());
  BOOST_TEST(finds("bench/run.py", "results / \"table.md\"").empty());
  BOOST_TEST(finds("tests/a.cpp", "top + \"/protocol/README.md\"").empty());
  BOOST_TEST(finds("README.md", "https://example.org/x/README.md").empty());
}

BOOST_AUTO_TEST_CASE(every_page_that_is_cited_is_there) {
  lines pages;
  for (const auto& file : all_texts())
    if (is_page(file))
      pages.push_back(file.path);
  BOOST_TEST(over(all_texts(),
                  [&](const source& file) {
                    return under(file, "tests/pure/documentation.test.cpp")
                               ? lines{}
                               : check_cited_pages(file, pages);
                  })
             == "");
}

BOOST_AUTO_TEST_CASE(sees_a_link_that_leads_nowhere) {
  auto finds = [](std::string text) {
    return check_links(
        {"actors/README.md", std::move(text)},
        [](const auto& path) { return path == "actors/units/unit.hpp"; });
  };
  BOOST_TEST(finds("x\n[a](units/gone.hpp), [b](units/unit.hpp)\n")
             == lines{"actors/README.md:2: leads nowhere: units/gone.hpp"});
  BOOST_TEST(finds("[a](actors/units/unit.hpp#x)").size() == 1u);
  BOOST_TEST(finds("[a](../actors/units/unit.hpp#x)").empty());
  BOOST_TEST(finds("[a](#heading), [b](https://example.org/x)").empty());
  BOOST_TEST(finds("```cpp\n[a](value)\n```\n").empty());
}

BOOST_AUTO_TEST_CASE(every_link_of_a_page_leads_somewhere) {
  BOOST_TEST(over(all_texts(),
                  [](const source& file) {
                    return is_page(file) ? check_links(
                               file,
                               [](const auto& path) {
                                 return fs::exists(top_of_tree() / path);
                               })
                                         : lines{};
                  })
             == "");
}

BOOST_AUTO_TEST_CASE(sees_a_heading_that_is_not_there) {
  auto finds = [](std::string text) {
    return check_cited_headings(
        {"actors/a.hpp", std::move(text)}, [](const auto& path) {
          return path == "x/README.md" ? "# x\n## 5. Close codes\n" : "";
        });
  };
  BOOST_TEST(
      finds("/// See x/README.md, \"Open codes\".\n")
      == lines{"actors/a.hpp: x/README.md has no heading \"Open codes\""});
  BOOST_TEST(finds("/// See x/README.md, \"Close\".\n").size() == 1u);
  BOOST_TEST(finds("/// See x/README.md, \"Close codes\".\n").empty());
  BOOST_TEST(finds("  // See x/README.md, \"Close\n  // codes\".\n").empty());
}

BOOST_AUTO_TEST_CASE(every_heading_that_is_cited_is_there) {
  BOOST_TEST(over(all_texts(),
                  [](const source& file) {
                    return under(file, "tests/pure/documentation.test.cpp")
                               ? lines{}
                               : check_cited_headings(
                                   file, [](const auto& path) {
                                     return read_file(top_of_tree() / path);
                                   });
                  })
             == "");
}

BOOST_AUTO_TEST_CASE(sees_a_header_that_its_room_does_not_name) {
  const source header{"actors/units/unit.hpp", ""};
  BOOST_TEST(check_named_by_room(header, "| `io_unit` | a unit |\n").size()
             == 1u);
  BOOST_TEST(
      check_named_by_room(header, "| `io_unit`, `unit` | … |\n").empty());
  BOOST_TEST(check_named_by_room({"tests/a.hpp", ""}, "").empty());
}

BOOST_AUTO_TEST_CASE(every_room_names_its_headers) {
  BOOST_TEST(over(source_tree(),
                  [](const source& file) {
                    const auto folder = fs::path(file.path).parent_path();
                    return check_named_by_room(
                        file, read_file(top_of_tree() / folder / "README.md"));
                  })
             == "");
}

BOOST_AUTO_TEST_CASE(sees_the_members_of_the_limits) {
  BOOST_TEST(limit_names("  /// Bytes.\n"
                         "  std::size_t message_bytes_max = 1;\n"
                         "  duration idle_timeout = std::chrono::seconds{5};\n")
             == (lines{"message-bytes-max", "idle-timeout"}));
}

BOOST_AUTO_TEST_CASE(every_limit_is_in_the_table_of_limits) {
  lines in_table;
  for (const auto& entry : limit_table())
    in_table.emplace_back(entry.name);
  BOOST_TEST(limit_names(read_file(top_of_tree() / "protocol/limits.hpp"))
             == in_table);
}

BOOST_AUTO_TEST_CASE(sees_a_row_that_is_missing_or_wrong) {
  const auto& entry = limit_table().front();
  BOOST_TEST(row_of(entry)
             == "| `message-bytes-max` | 65536 | Bytes of one message of a "
                "client. |\n");
  BOOST_TEST(check_contains({"a.md", "| `message-bytes-max` | 1 | Bytes. |\n"},
                            {row_of(entry)})
             == lines{"a.md lacks: " + row_of(entry)});
}

BOOST_AUTO_TEST_CASE(every_limit_is_documented_with_its_default) {
  lines rows;
  for (const auto& entry : limit_table())
    rows.push_back(row_of(entry));
  BOOST_TEST(joined(check_contains(page("actors/server/README.md"), rows))
             == "");
}

BOOST_AUTO_TEST_CASE(finds_what_is_marked_for_the_readme) {
  BOOST_TEST(marked_parts("a\n  // README: begin x y\n  b\n    c\n"
                          "  // README: end x y\nd\n")
             == (lines{"b\n  c\n"}));
}

BOOST_AUTO_TEST_CASE(sees_code_of_a_page_that_is_not_compiled) {
  const source page{"a.md", "```cpp\n#include <x.hpp>\n\nint x;\n```\nint y;\n"
                            "```sh\nint z;\n```\n```cpp\nint x;\nint w;\n"
                            "```\n"};
  BOOST_TEST(check_only_shows(page, {"int x;\n"})
             == lines{"a.md shows a line that is not compiled: int w;"});
}

BOOST_AUTO_TEST_CASE(the_examples_on_the_pages_are_those_that_are_tested) {
  for (const auto& [page_path, source_path] :
       {std::pair{"permissions/README.md",
                  "tests/actor/permission_manual.test.cpp"},
        std::pair{"protocol/model/README.md",
                  "tests/actor/described_argument.test.cpp"},
        std::pair{"permissions/README.md", "examples/newsroom/articles.cpp"},
        std::pair{"actors/description/README.md",
                  "tests/actor/keyed_state_manual.test.cpp"},
        std::pair{"actors/description/README.md",
                  "tests/actor/handler_manual.test.cpp"},
        std::pair{"actors/description/README.md",
                  "tests/loopback/embedding.test.cpp"},
        std::pair{"actors/server/README.md", "examples/embedded/main.cpp"},
        std::pair{"actors/store/README.md",
                  "tests/loopback/sqlite_store.test.cpp"},
        std::pair{"actors/models/README.md",
                  "tests/loopback/model_manual.test.cpp"},
        std::pair{"protocol/dialects/README.md",
                  "tests/loopback/dcrf.test.cpp"},
        std::pair{"tests/kit/README.md", "tests/actor/test_kit.test.cpp"},
        std::pair{"tests/kit/README.md", "tests/actor/cluster_manual.test.cpp"},
        std::pair{"README.md", "examples/newsroom/newsroom.cpp"}})
    BOOST_TEST(check_shows(page_path, source_path) == "");
}

BOOST_AUTO_TEST_CASE(the_readme_shows_nothing_that_is_not_compiled) {
  const auto readme = page("README.md");
  lines parts;
  for (const auto* file :
       {"examples/quickstart/main.cpp", "examples/prices/main.cpp"}) {
    parts.push_back(read_file(top_of_tree() / file));
    BOOST_REQUIRE(!parts.back().empty());
    BOOST_TEST(
        joined(check_contains(readme, {"```cpp\n" + parts.back() + "```\n"}))
        == "");
  }
  for (const auto* file :
       {"examples/newsroom/newsroom.cpp", "tests/actor/handler_manual.test.cpp",
        "tests/actor/permission_manual.test.cpp",
        "tests/actor/test_kit.test.cpp"})
    std::ranges::move(marked_parts(read_file(top_of_tree() / file)),
                      std::back_inserter(parts));
  BOOST_TEST(joined(check_only_shows(readme, parts)) == "");
}

BOOST_AUTO_TEST_CASE(the_readme_shows_a_permission_an_answer_and_a_test) {
  const auto readme = page("README.md");
  auto first = [](const char* file) {
    return lines{marked_parts(read_file(top_of_tree() / file)).at(0)};
  };
  BOOST_TEST(joined(check_contains(
                 readme, first("tests/actor/permission_manual.test.cpp")))
             == "");
  BOOST_TEST(joined(check_contains(
                 readme, first("tests/actor/handler_manual.test.cpp")))
             == "");
  auto kit =
      marked_parts(read_file(top_of_tree() / "tests/actor/test_kit.test.cpp"));
  BOOST_REQUIRE(kit.size() == 2u);
  BOOST_TEST(joined(check_contains(readme, {kit.back()})) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace documentation_suite
