#include "stagedoor/protocol/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The style of the source tree, as far as it can be checked by reading it. Each
// check is a function over one file's text that returns what it found; it is
// shown to fail on a bad text, and then run over the tree.

using stagedoor::limit_info;
using stagedoor::limit_table;
using stagedoor::limits;

namespace {

namespace fs = std::filesystem;

using lines = std::vector<std::string>;

/// One file: its path from the top of the tree, with slashes, and its text.
struct source {
  std::string path;
  std::string text;
};

constexpr std::size_t columns_max = 80;
constexpr std::size_t lines_max = 400;

/// The one file that may ask for CAF's version.
constexpr std::string_view caf_version = "protocol/caf_api/version.hpp";

/// The paths of files that may ask which version that file has found: whatever
/// differs between CAF's versions is in them.
constexpr std::string_view caf_rooms[] = {
    "protocol/caf_api/",
    "actors/caf_api/",
    "tests/kit/manual_scheduler.",
    "tests/kit/manual_actor_system.",
};

bool under(const source& file, std::string_view folder) {
  return file.path.starts_with(folder);
}

bool in_library(const source& file) {
  return under(file, "protocol/") || under(file, "permissions/")
         || under(file, "actors/");
}

std::string stem(const source& file) {
  return fs::path(file.path).stem().string();
}

lines split(const std::string& text) {
  lines result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    result.push_back(std::move(line));
  return result;
}

/// What the file includes, in order, each behind the number of its line:
/// `<vector>`, `"stagedoor/…"`.
std::vector<std::pair<std::size_t, std::string>>
numbered_includes(const source& file) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*([<"][^>"]+[>"]))re");
  std::vector<std::pair<std::size_t, std::string>> result;
  std::size_t number = 0;
  for (const auto& line : split(file.text)) {
    ++number;
    if (std::smatch match; std::regex_search(line, match, pattern))
      result.emplace_back(number, match[1]);
  }
  return result;
}

/// A room of the house: a folder, whose path ends in `/`, or files that stand
/// apart from their folder.
struct room {
  /// From the top of the tree. The longest path that a file's path begins with
  /// says in which room the file is.
  std::string_view path;
  /// A room may include itself and rooms of lower levels, but no other room of
  /// its own level.
  int level;
};

constexpr room rooms[] = {
    {"protocol/caf_api/", 0},
    {"protocol/errors.", 1},
    {"actors/caf_api/", 1},
    {"protocol/json/", 2},
    {"protocol/", 3},
    {"protocol/websocket/", 4},
    {"permissions/", 4},
    {"permissions/credentials/", 4},
    {"actors/", 5},
    {"actors/units/", 6},
    {"actors/description/", 6},
    {"actors/sockets/", 7},
    {"actors/cluster/", 7},
    {"actors/operators/", 8},
    {"actors/connections/", 9},
    {"actors/handlers/", 9},
    {"actors/guards/", 9},
    {"actors/groups/", 9},
    {"actors/server/", 10},
    {"actors/stagedoor.", 11},
    {"tests/kit/", 12},
};

/// The room of a file; null outside the library.
const room* room_of(std::string_view path) {
  const room* found = nullptr;
  for (const auto& candidate : rooms)
    if (path.starts_with(candidate.path)
        && (found == nullptr || candidate.path.size() > found->path.size()))
      found = &candidate;
  return found;
}

/// The path of a header of ours from the top of the tree, by the name that it
/// is included by; empty for other headers.
std::string path_of(std::string name) {
  name = name.substr(1, name.size() - 2);
  constexpr std::string_view ours = "stagedoor/";
  constexpr std::string_view kit = "testing/";
  if (name == "stagedoor/stagedoor.hpp")
    return "actors/stagedoor.hpp";
  if (!name.starts_with(ours))
    return {};
  name.erase(0, ours.size());
  if (name.starts_with(kit))
    name.replace(0, kit.size(), "tests/kit/");
  return name;
}

/// What files of a folder may not include: a part of the included name.
struct include_rule {
  std::string_view folder;
  std::string_view forbidden;
};

constexpr include_rule include_rules[] = {
    {"protocol/", "newsroom"},  {"permissions/", "newsroom"},
    {"actors/", "newsroom"},    {"examples/", "stagedoor/testing/"},
    {"tests/kit/", "newsroom"}, {"", "../"},
};

lines check_includes_point_down(const source& file) {
  lines found;
  const auto* own = room_of(file.path);
  for (const auto& [line, name] : numbered_includes(file)) {
    const auto place = file.path + ":" + std::to_string(line) + ": ";
    for (const auto& rule : include_rules)
      if (under(file, rule.folder)
          && name.find(rule.forbidden) != std::string::npos)
        found.push_back(place + "must not include " + name);
    if (const auto* other = room_of(path_of(name));
        own != nullptr && other != nullptr && other != own
        && other->level >= own->level)
      found.push_back(place + "a file of " + std::string{own->path}
                      + " must not include " + name);
    // A bare name would get around the rules.
    if (in_library(file) && name.starts_with('"')
        && !name.starts_with("\"stagedoor/") && !name.starts_with("\"caf/"))
      found.push_back(place + "include by the full name: " + name);
  }
  return found;
}

lines check_pragma_once(const source& file) {
  if (!file.path.ends_with(".hpp"))
    return {};
  for (const auto& line : split(file.text))
    if (line == "#pragma once")
      return {};
  return {file.path + ": no #pragma once"};
}

/// @param has_header whether a .hpp of the same name stands beside the file.
lines check_own_header_first(const source& file, bool has_header) {
  if (!in_library(file) || !file.path.ends_with(".cpp") || !has_header)
    return {};
  auto folder = fs::path(file.path).parent_path().string();
  auto header = "/" + stem(file) + ".hpp\"";
  auto all = numbered_includes(file);
  // The umbrella header stands above its folder.
  if (!all.empty()
      && (all.front().second == "\"stagedoor/" + folder + header
          || all.front().second == "\"stagedoor" + header))
    return {};
  return {file.path + ": does not include its own header first"};
}

lines check_line_count(const source& file) {
  auto count = split(file.text).size();
  if (!in_library(file) || count <= lines_max)
    return {};
  return {file.path + ": " + std::to_string(count) + " lines"};
}

lines check_caf_version(const source& file) {
  static const std::regex version("CAF_(MAJOR_)?VERSION");
  static const std::regex found("STAGEDOOR_CAF_[0-9]");
  lines result;
  if (file.path != caf_version && std::regex_search(file.text, version))
    result.push_back(file.path + ": asks for CAF's version, which only "
                     + std::string{caf_version} + " does");
  if (std::regex_search(file.text, found)
      && std::ranges::none_of(caf_rooms,
                              [&](auto path) { return under(file, path); }))
    result.push_back(file.path + ": depends on CAF's version, which only files"
                     + " of the rooms caf_api/ do");
  return result;
}

lines check_columns(const source& file) {
  lines found;
  std::size_t number = 0;
  for (const auto& line : split(file.text)) {
    ++number;
    // Bytes that continue a UTF-8 sequence take no column.
    auto columns = std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
    if (static_cast<std::size_t>(columns) > columns_max
        && line.find("https://") == std::string::npos)
      found.push_back(file.path + ":" + std::to_string(number) + ": "
                      + std::to_string(columns) + " columns");
  }
  return found;
}

lines check_file_name(const source& file) {
  static const std::regex pattern("(^|_)(utils?|common|helpers?|misc)(_|$)");
  auto name = fs::path(file.path).filename().string();
  if (!std::regex_search(name.substr(0, name.find('.')), pattern))
    return {};
  return {file.path + ": name a file after its concept"};
}

lines check_suite_name(const source& file) {
  constexpr std::string_view ending = ".test.cpp";
  if (!file.path.ends_with(ending))
    return {};
  auto name = fs::path(file.path).filename().string();
  auto suite = name.substr(0, name.size() - ending.size());
  std::regex pattern("BOOST_(AUTO|FIXTURE)_TEST_SUITE\\(\\s*" + suite
                     + "\\s*[,)]");
  if (std::regex_search(file.text, pattern))
    return {};
  return {file.path + ": no suite " + suite};
}

/// The names of the members of `struct limits`, as the configuration has them.
lines limit_names(const std::string& limits_hpp) {
  static const std::regex pattern(
      R"(^\s+(?:std::size_t|duration)\s+(\w+)\s*=)");
  lines result;
  for (const auto& line : split(limits_hpp))
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

// -- pages --------------------------------------------------------------------

/// The lines of a page that are not inside of a fenced block, each behind its
/// number.
std::vector<std::pair<std::size_t, std::string>>
lines_of_prose(const std::string& page) {
  std::vector<std::pair<std::size_t, std::string>> result;
  std::size_t number = 0;
  bool is_fenced = false;
  for (auto& line : split(page)) {
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
  for (const auto& line : split(file.text)) {
    ++number;
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
      || page.find('`' + stem(header) + '`') != std::string::npos)
    return {};
  return {header.path + ": the page of its room does not name it"};
}

// -- the tree -----------------------------------------------------------------

fs::path top() {
  return {STAGEDOOR_SOURCE_DIR};
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// All C++ files of ours.
const std::vector<source>& tree() {
  static const auto result = [] {
    std::vector<source> files;
    for (const char* folder :
         {"protocol", "permissions", "actors", "tests", "examples", "bench"}) {
      if (!fs::exists(top() / folder))
        continue;
      for (const auto& entry : fs::recursive_directory_iterator(top() / folder))
        if (auto kind = entry.path().extension();
            kind == ".hpp" || kind == ".cpp")
          files.push_back({entry.path().lexically_relative(top()).string(),
                           read(entry.path())});
    }
    std::sort(files.begin(), files.end(),
              [](const auto& x, const auto& y) { return x.path < y.path; });
    return files;
  }();
  return result;
}

/// All that may name a page: pages, and files of ours in any language.
const std::vector<source>& all_texts() {
  static const auto result = [] {
    std::vector<source> files;
    auto i = fs::recursive_directory_iterator(top());
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
        files.push_back(
            {i->path().lexically_relative(top()).string(), read(i->path())});
    }
    return files;
  }();
  return result;
}

bool is_page(const source& file) {
  return file.path.ends_with(".md");
}

std::string join(const lines& found) {
  std::string result;
  for (const auto& line : found)
    result += "\n  " + line;
  return result;
}

/// A page of the documentation.
source page(const std::string& path) {
  return {path, read(top() / path)};
}

/// What of the marked parts of a source file does not stand in a page. The file
/// must have some.
std::string check_shows(const std::string& page_path,
                        const std::string& source_path) {
  auto parts = marked_parts(read(top() / source_path));
  if (parts.empty())
    return source_path + " has no marked part";
  return join(check_contains(page(page_path), parts));
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
  for (const auto& line : split(text))
    if (line.starts_with("```"))
      inside = line == "```cpp";
    else if (inside && !line.empty() && !line.starts_with("#include "))
      found.push_back(page.path
                      + " shows a line that is not compiled: " + line);
  return found;
}

/// Runs a check over some files.
template <class Check>
std::string over(const std::vector<source>& files, Check check) {
  lines found;
  for (const auto& file : files)
    std::ranges::move(check(file), std::back_inserter(found));
  return join(found);
}

/// Runs a check over the tree.
template <class Check>
std::string over_tree(Check check) {
  return over(tree(), check);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tidy)

BOOST_AUTO_TEST_CASE(reads_the_tree) {
  for (std::string_view folder : {"protocol/", "permissions/", "actors/"})
    BOOST_TEST(std::ranges::any_of(
        tree(), [&](const auto& file) { return under(file, folder); }));
}

BOOST_AUTO_TEST_CASE(sees_an_include_that_points_up) {
  auto finds = [](std::string path, std::string text) {
    return check_includes_point_down({std::move(path), std::move(text)}).size();
  };
  const std::string permission = "#include \"stagedoor/permissions/x.hpp\"\n";
  const std::string actor = "#include <stagedoor/actors/x.hpp>\n";
  const std::string umbrella = "# include <stagedoor/stagedoor.hpp>\n";
  const std::string kit = "#include \"stagedoor/testing/x.hpp\"\n";
  const std::string newsroom = "#include \"newsroom.hpp\"\n";
  BOOST_TEST(finds("protocol/a.hpp", permission) == 1u);
  BOOST_TEST(finds("protocol/a.hpp", actor) == 1u);
  BOOST_TEST(finds("protocol/a.cpp", umbrella) == 1u);
  BOOST_TEST(finds("permissions/a.hpp", permission) == 0u);
  BOOST_TEST(finds("permissions/a.hpp", actor + umbrella) == 2u);
  BOOST_TEST(finds("actors/a.hpp", permission + actor) == 0u);
  BOOST_TEST(finds("actors/a.hpp", umbrella) == 1u);
  BOOST_TEST(finds("actors/a.hpp", kit) == 1u);
  BOOST_TEST(finds("actors/a.cpp", "#include <newsroom.hpp>\n") == 1u);
  BOOST_TEST(finds("examples/newsroom/main.cpp", newsroom + umbrella) == 0u);
  BOOST_TEST(finds("examples/newsroom/main.cpp", kit) == 1u);
  BOOST_TEST(finds("tests/a.test.cpp", newsroom + umbrella + kit) == 0u);
  BOOST_TEST(finds("tests/kit/a.hpp", newsroom) == 1u);
}

BOOST_AUTO_TEST_CASE(sees_an_include_that_crosses_a_wall) {
  auto finds = [](std::string path, const std::string& header) {
    return check_includes_point_down(
        {std::move(path), "\n#include \"stagedoor/" + header + "\"\n"});
  };
  BOOST_TEST(
      finds("actors/handlers/a.cpp", "actors/connections/b.hpp")
      == lines{"actors/handlers/a.cpp:2: a file of actors/handlers/ must not "
               "include \"stagedoor/actors/connections/b.hpp\""});
  BOOST_TEST(finds("actors/units/a.hpp", "actors/description/b.hpp").size()
             == 1u);
  BOOST_TEST(finds("actors/a.hpp", "actors/server/b.hpp").size() == 1u);
  BOOST_TEST(finds("permissions/a.hpp", "permissions/credentials/b.hpp").size()
             == 1u);
  BOOST_TEST(finds("permissions/credentials/a.hpp", "permissions/b.hpp").size()
             == 1u);
  BOOST_TEST(finds("protocol/json/a.hpp", "protocol/b.hpp").size() == 1u);
  BOOST_TEST(finds("protocol/json/a.hpp", "protocol/errors.hpp").empty());
  BOOST_TEST(finds("protocol/caf_api/a.hpp", "protocol/errors.hpp").size()
             == 1u);
  BOOST_TEST(finds("actors/caf_api/a.hpp", "protocol/caf_api/b.hpp").empty());
  BOOST_TEST(finds("actors/handlers/a.cpp", "actors/handlers/b.hpp").empty());
  BOOST_TEST(finds("actors/handlers/a.cpp", "actors/operators/b.hpp").empty());
  BOOST_TEST(finds("actors/stagedoor.hpp", "actors/server/b.hpp").empty());
}

BOOST_AUTO_TEST_CASE(every_folder_of_the_library_is_a_room_and_has_a_page) {
  for (const auto& file : tree()) {
    if (!in_library(file))
      continue;
    const auto folder = fs::path(file.path).parent_path().string() + "/";
    BOOST_TEST(std::ranges::any_of(
                   rooms, [&](const auto& x) { return x.path == folder; }),
               folder);
    BOOST_TEST(fs::exists(top() / folder / "README.md"), folder);
  }
}

BOOST_AUTO_TEST_CASE(sees_an_include_by_a_bare_or_relative_name) {
  BOOST_TEST(
      check_includes_point_down(
          {"actors/a.cpp", "#include \"b.hpp\"\n#include \"caf/all.hpp\"\n"})
          .size()
      == 1u);
  BOOST_TEST(check_includes_point_down(
                 {"tests/a.test.cpp", "#include \"../actors/b.hpp\"\n"})
                 .size()
             == 1u);
}

BOOST_AUTO_TEST_CASE(includes_point_only_down) {
  BOOST_TEST(over_tree(check_includes_point_down) == "");
}

BOOST_AUTO_TEST_CASE(sees_a_header_without_pragma_once) {
  BOOST_TEST(check_pragma_once({"a.hpp", "// #pragma once\n"}).size() == 1u);
  BOOST_TEST(check_pragma_once({"a.hpp", "#pragma once\n"}).empty());
  BOOST_TEST(check_pragma_once({"a.cpp", ""}).empty());
}

BOOST_AUTO_TEST_CASE(every_header_has_pragma_once) {
  BOOST_TEST(over_tree(check_pragma_once) == "");
}

BOOST_AUTO_TEST_CASE(sees_an_own_header_that_is_not_first) {
  const std::string own = "#include \"stagedoor/actors/a.hpp\"\n";
  const std::string other = "#include \"stagedoor/actors/b.hpp\"\n";
  BOOST_TEST(check_own_header_first({"actors/a.cpp", other + own}, true).size()
             == 1u);
  BOOST_TEST(check_own_header_first({"actors/a.cpp", ""}, true).size() == 1u);
  BOOST_TEST(
      check_own_header_first({"actors/a.cpp", own + other}, true).empty());
  BOOST_TEST(check_own_header_first({"actors/a.cpp", other}, false).empty());
  BOOST_TEST(check_own_header_first({"actors/stagedoor.cpp",
                                     "#include \"stagedoor/stagedoor.hpp\"\n"},
                                    true)
                 .empty());
}

BOOST_AUTO_TEST_CASE(every_source_includes_its_own_header_first) {
  auto check = [](const source& file) {
    auto header = fs::path(file.path).replace_extension(".hpp");
    return check_own_header_first(file, fs::exists(top() / header));
  };
  BOOST_TEST(over_tree(check) == "");
}

BOOST_AUTO_TEST_CASE(sees_a_file_that_is_too_long) {
  auto text = [](std::size_t count) {
    std::string result;
    while (count-- > 0)
      result += "int x;\n";
    return result;
  };
  BOOST_TEST(check_line_count({"actors/a.cpp", text(lines_max)}).empty());
  BOOST_TEST(check_line_count({"actors/a.cpp", text(lines_max + 1)}).size()
             == 1u);
}

BOOST_AUTO_TEST_CASE(no_library_file_is_too_long) {
  BOOST_TEST(over_tree(check_line_count) == "");
}

BOOST_AUTO_TEST_CASE(sees_a_file_that_asks_for_cafs_version) {
  const source asking{"actors/a.cpp", "#if CAF_VERSION >= 1706\n"};
  BOOST_TEST(check_caf_version(asking).size() == 1u);
  BOOST_TEST(
      check_caf_version({std::string{caf_version}, asking.text}).empty());
  BOOST_TEST(check_caf_version({"actors/a.cpp", "caf_api::host\n"}).empty());
  // A room asks what was found, not CAF itself.
  const std::string found = "#if STAGEDOOR_CAF_2\n";
  BOOST_TEST(check_caf_version({"actors/a.cpp", found}).size() == 1u);
  for (const auto room : caf_rooms) {
    const auto path = std::string{room} + "hpp";
    BOOST_TEST(check_caf_version({path, found}).empty());
    BOOST_TEST(check_caf_version({path, asking.text}).size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(only_the_rooms_for_it_ask_for_cafs_version) {
  BOOST_TEST(over_tree([](const source& file) {
               return under(file, "tests/pure/tidy.test.cpp")
                          ? lines{}
                          : check_caf_version(file);
             })
             == "");
}

BOOST_AUTO_TEST_CASE(sees_a_line_that_is_too_long) {
  const std::string full(columns_max, 'x');
  BOOST_TEST(check_columns({"a.cpp", full + '\n'}).empty());
  BOOST_TEST(check_columns({"a.cpp", "\n" + full + "x\n"})
             == lines{"a.cpp:2: 81 columns"});
  BOOST_TEST(check_columns({"a.cpp", full.substr(1) + "é\n"}).empty());
  BOOST_TEST(check_columns({"a.cpp", "// https://" + full + '\n'}).empty());
}

BOOST_AUTO_TEST_CASE(no_line_is_too_long) {
  BOOST_TEST(over_tree(check_columns) == "");
}

BOOST_AUTO_TEST_CASE(sees_a_file_name_that_names_no_concept) {
  for (const char* name : {"utils.hpp", "actors/string_util.cpp", "common.hpp",
                           "tests/helpers.hpp", "tests/misc.test.cpp"})
    BOOST_TEST(check_file_name({name, ""}).size() == 1u, name);
  BOOST_TEST(check_file_name({"actors/commonplace.hpp", ""}).empty());
}

BOOST_AUTO_TEST_CASE(every_file_name_names_a_concept) {
  BOOST_TEST(over_tree(check_file_name) == "");
}

BOOST_AUTO_TEST_CASE(sees_a_test_file_without_its_suite) {
  auto finds = [](std::string suite) {
    return check_suite_name({"tests/json.test.cpp", std::move(suite)}).size();
  };
  BOOST_TEST(finds("BOOST_AUTO_TEST_SUITE(jsons)") == 1u);
  BOOST_TEST(finds("BOOST_AUTO_TEST_SUITE(json)") == 0u);
  BOOST_TEST(finds("BOOST_FIXTURE_TEST_SUITE(json, fixture)") == 0u);
}

BOOST_AUTO_TEST_CASE(every_test_file_has_its_suite) {
  BOOST_TEST(over_tree(check_suite_name) == "");
}

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
                    return under(file, "tests/pure/tidy.test.cpp")
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
                    return is_page(file)
                               ? check_links(file,
                                             [](const auto& path) {
                                               return fs::exists(top() / path);
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
                    return under(file, "tests/pure/tidy.test.cpp")
                               ? lines{}
                               : check_cited_headings(
                                   file, [](const auto& path) {
                                     return read(top() / path);
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
  BOOST_TEST(over_tree([](const source& file) {
               const auto folder = fs::path(file.path).parent_path();
               return check_named_by_room(file,
                                          read(top() / folder / "README.md"));
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
  BOOST_TEST(limit_names(read(top() / "protocol/limits.hpp")) == in_table);
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
  BOOST_TEST(join(check_contains(page("actors/server/README.md"), rows)) == "");
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
        std::pair{"permissions/README.md", "examples/newsroom/articles.cpp"},
        std::pair{"actors/description/README.md",
                  "tests/actor/handler_manual.test.cpp"},
        std::pair{"actors/description/README.md",
                  "tests/loopback/embedding.test.cpp"},
        std::pair{"actors/server/README.md", "examples/embedded/main.cpp"},
        std::pair{"tests/kit/README.md", "tests/actor/test_kit.test.cpp"},
        std::pair{"README.md", "examples/newsroom/newsroom.cpp"}})
    BOOST_TEST(check_shows(page_path, source_path) == "");
}

BOOST_AUTO_TEST_CASE(the_readme_shows_nothing_that_is_not_compiled) {
  const auto program = read(top() / "examples/quickstart/main.cpp");
  BOOST_REQUIRE(!program.empty());
  const auto readme = page("README.md");
  BOOST_TEST(join(check_contains(readme, {"```cpp\n" + program + "```\n"}))
             == "");
  auto parts = lines{program};
  for (const auto* file :
       {"examples/newsroom/newsroom.cpp", "tests/actor/handler_manual.test.cpp",
        "tests/actor/permission_manual.test.cpp",
        "tests/actor/test_kit.test.cpp"})
    std::ranges::move(marked_parts(read(top() / file)),
                      std::back_inserter(parts));
  BOOST_TEST(join(check_only_shows(readme, parts)) == "");
}

BOOST_AUTO_TEST_CASE(the_readme_shows_a_permission_an_answer_and_a_test) {
  const auto readme = page("README.md");
  auto first = [](const char* file) {
    return lines{marked_parts(read(top() / file)).at(0)};
  };
  BOOST_TEST(join(check_contains(
                 readme, first("tests/actor/permission_manual.test.cpp")))
             == "");
  BOOST_TEST(
      join(check_contains(readme, first("tests/actor/handler_manual.test.cpp")))
      == "");
  auto kit = marked_parts(read(top() / "tests/actor/test_kit.test.cpp"));
  BOOST_REQUIRE(kit.size() == 2u);
  BOOST_TEST(join(check_contains(readme, {kit.back()})) == "");
}

BOOST_AUTO_TEST_SUITE_END()
