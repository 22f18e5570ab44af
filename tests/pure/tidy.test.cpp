#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <regex>
#include <string>
#include <string_view>

#include "support/source_tree.hpp"

namespace tidy_suite {

// The style of the source tree and its walls, as far as they can be checked by
// reading it. Each check is a function over one file's text that returns what
// it found; it is shown to fail on a bad text, and then run over the tree.

using namespace stagedoor::test;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t columns_max = 80;
constexpr std::size_t lines_max = 400;

/// The one file that may ask for CAF's version.
constexpr std::string_view caf_version = "protocol/caf_api/version.hpp";

/// The paths of files that may ask which version that file has found: whatever
/// differs between CAF's versions is in them.
constexpr std::string_view caf_rooms[] = {
    "protocol/caf_api/",
    "actors/caf_api/",
    "tests/kit/far_actors.",
    "tests/kit/manual_scheduler.",
    "tests/kit/manual_actor_system.",
};

std::string stem(const source& file) {
  return fs::path(file.path).stem().string();
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
    {"protocol/utf8.", 1},
    {"actors/caf_api/", 1},
    {"protocol/json/", 2},
    {"protocol/", 3},
    {"protocol/dialects/", 4},
    {"protocol/model/", 4},
    {"protocol/websocket/", 4},
    {"permissions/", 4},
    {"permissions/credentials/", 4},
    {"actors/", 5},
    {"actors/units/", 6},
    {"actors/description/", 6},
    {"actors/sockets/", 7},
    {"actors/cluster/", 7},
    {"actors/store/", 7},
    {"actors/models/", 8},
    {"actors/operators/", 8},
    {"actors/connections/", 9},
    {"actors/handlers/", 9},
    {"actors/guards/", 9},
    {"actors/groups/", 9},
    {"actors/keeping/", 9},
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
  for (const auto& [line, name] : includes_of(file)) {
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
  for (const auto& line : split_lines(file.text))
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
  auto all = includes_of(file);
  // The umbrella header stands above its folder.
  if (!all.empty()
      && (all.front().name == "\"stagedoor/" + folder + header
          || all.front().name == "\"stagedoor" + header))
    return {};
  return {file.path + ": does not include its own header first"};
}

lines check_line_count(const source& file) {
  auto count = split_lines(file.text).size();
  if (!in_library(file) || count <= lines_max)
    return {};
  return {file.path + ": " + std::to_string(count) + " lines"};
}

lines check_caf_version(const source& file) {
  static const std::regex version("CAF_(MAJOR_)?VERSION");
  static const std::regex found("STAGEDOOR_CAF_[0-9]");
  lines result;
  // To look for the patterns themselves takes many times as long.
  if (file.text.find("CAF_") == std::string::npos)
    return result;
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
  for (const auto& line : split_lines(file.text)) {
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

/// Runs a check over the tree.
template <class Check>
std::string over_tree(Check check) {
  return over(source_tree(), check);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tidy)

BOOST_AUTO_TEST_CASE(reads_the_tree) {
  for (std::string_view folder : {"protocol/", "permissions/", "actors/"})
    BOOST_TEST(std::ranges::any_of(
        source_tree(), [&](const auto& file) { return under(file, folder); }));
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
  for (const auto& file : source_tree()) {
    if (!in_library(file))
      continue;
    const auto folder = fs::path(file.path).parent_path().string() + "/";
    BOOST_TEST(std::ranges::any_of(
                   rooms, [&](const auto& x) { return x.path == folder; }),
               folder);
    BOOST_TEST(fs::exists(top_of_tree() / folder / "README.md"), folder);
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
    return check_own_header_first(file, fs::exists(top_of_tree() / header));
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

BOOST_AUTO_TEST_SUITE_END()

} // namespace tidy_suite
