#pragma once

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
#include <vector>

// The source tree as the tests read that check its style and its plan. Their
// targets define STAGEDOOR_SOURCE_DIR.

namespace stagedoor::test {

/// Texts: the lines of a file, or what a check has found.
using lines = std::vector<std::string>;

/// One file: its path from the top of the tree, with slashes, and its text.
struct source {
  std::string path;
  std::string text;
};

/// An included header as it is spelled, `<vector>` or `"stagedoor/…"`, and the
/// number of its line.
struct included_header {
  std::size_t line;
  std::string name;
};

inline std::filesystem::path top_of_tree() {
  return {STAGEDOOR_SOURCE_DIR};
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline bool under(const source& file, std::string_view folder) {
  return file.path.starts_with(folder);
}

inline bool in_library(const source& file) {
  return under(file, "protocol/") || under(file, "permissions/")
         || under(file, "actors/");
}

inline lines split_lines(const std::string& text) {
  lines result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    result.push_back(std::move(line));
  return result;
}

/// The headers that a file includes, in order.
inline std::vector<included_header> includes_of(const source& file) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*([<"][^>"]+[>"]))re");
  std::vector<included_header> result;
  std::size_t number = 0;
  for (const auto& line : split_lines(file.text)) {
    ++number;
    if (line.find('#') == std::string::npos)
      continue;
    if (std::smatch match; std::regex_search(line, match, pattern))
      result.push_back({number, match[1]});
  }
  return result;
}

/// The path of a header of ours from the top of the tree, by the name that it
/// is included by; empty for other headers.
inline std::string path_of(std::string name) {
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

/// All C++ files of ours, in the order of their paths.
inline const std::vector<source>& source_tree() {
  static const auto result = [] {
    namespace fs = std::filesystem;
    std::vector<source> files;
    for (const char* folder :
         {"protocol", "permissions", "actors", "tests", "examples", "bench"}) {
      if (!fs::exists(top_of_tree() / folder))
        continue;
      for (const auto& entry :
           fs::recursive_directory_iterator(top_of_tree() / folder))
        if (auto kind = entry.path().extension();
            kind == ".hpp" || kind == ".cpp")
          files.push_back(
              {entry.path().lexically_relative(top_of_tree()).string(),
               read_file(entry.path())});
    }
    std::sort(files.begin(), files.end(),
              [](const auto& x, const auto& y) { return x.path < y.path; });
    return files;
  }();
  return result;
}

/// A list that a failed check shows, a line each; empty if nothing was found.
inline std::string joined(const lines& found) {
  std::string result;
  for (const auto& line : found)
    result += "\n  " + line;
  return result;
}

/// Runs a check over some files.
template <class Check>
std::string over(const std::vector<source>& files, Check check) {
  lines found;
  for (const auto& file : files)
    std::ranges::move(check(file), std::back_inserter(found));
  return joined(found);
}

} // namespace stagedoor::test
