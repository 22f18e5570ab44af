#include "stagedoor/actors/operators/access_matrix.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

namespace stagedoor {

namespace {

constexpr std::array<std::string_view, 5> titles{"endpoint", "route", "action",
                                                 "permissions", "codenames"};

using cells = std::array<std::string, titles.size()>;

/// @param asked the questions that are asked before the action.
access_row make_row(const compiled_endpoint& endpoint, std::string route,
                    std::string action, const permission_list& guard,
                    const std::vector<question>& asked) {
  access_row row{
      endpoint.spec.path, std::move(route), std::move(action), {}, {}, false};
  for (const auto& entry : guard) {
    // One that none of these questions reaches guards nothing here.
    if (std::none_of(asked.begin(), asked.end(),
                     [&](question each) { return entry->overrides(each); }))
      continue;
    row.is_guarded = true;
    row.permissions.push_back(entry->name());
    std::vector<const permission_base*> leaves;
    entry->collect_leaves(leaves);
    for (const auto* leaf : leaves)
      for (auto& codename : leaf->codenames())
        row.codenames.push_back(std::move(codename));
  }
  return row;
}

/// Adds the actions of a handler. Where actors of the application get actions
/// that nobody declares, those have one row.
void add_rows(const compiled_endpoint& endpoint, const compiled_route& route,
              std::vector<access_row>& to) {
  std::set<std::string> names;
  for (const auto& entry : route.handler->actions)
    names.insert(entry.first);
  if (route.handler->forwards_undeclared())
    for (const auto& entry : route.action_guards)
      names.insert(entry.first);
  for (const auto& name : names) {
    std::vector<question> asked{question::has_permission};
    auto declared = route.handler->actions.find(name);
    if (declared != route.handler->actions.end()
        && declared->second.takes_object)
      asked.push_back(question::has_object_permission);
    to.push_back(
        make_row(endpoint, route.patterns, name, *route.guard_of(name), asked));
  }
  if (route.handler->forwards_undeclared())
    to.push_back(make_row(endpoint, route.patterns,
                          std::string(access_row::other_actions), *route.guard,
                          {question::has_permission}));
}

std::string join(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& text : texts)
    result += (result.empty() ? "" : "; ") + text;
  return result;
}

cells cells_of(const access_row& row) {
  return {row.endpoint, row.route, row.action,
          row.is_guarded ? join(row.permissions) : "UNGUARDED",
          join(row.codenames)};
}

std::string render_table(const std::vector<access_row>& matrix) {
  std::vector<cells> lines(1);
  std::copy(titles.begin(), titles.end(), lines[0].begin());
  std::transform(matrix.begin(), matrix.end(), std::back_inserter(lines),
                 cells_of);
  std::array<std::size_t, titles.size()> widths{};
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], line[i].size());
  std::string result;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i)
      text += line[i] + std::string(widths[i] - line[i].size() + 2, ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    result += text + '\n';
  }
  return result;
}

/// A cell of a Markdown table, as code.
std::string markdown_cell(std::string_view text) {
  if (text.empty())
    return {};
  std::string result{"`"};
  for (char c : text)
    result += c == '|' ? "\\|" : std::string(1, c);
  return result + '`';
}

std::string render_markdown(const std::vector<access_row>& matrix) {
  std::string head{"|"};
  std::string rule{"|"};
  for (auto title : titles) {
    head.append(" ").append(title).append(" |");
    rule += "---|";
  }
  auto result = head + '\n' + rule + '\n';
  for (const auto& row : matrix) {
    result += '|';
    for (const auto& cell : cells_of(row))
      result += ' ' + markdown_cell(cell) + " |";
    result += '\n';
  }
  return result;
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array result(texts.begin(), texts.end());
  return result;
}

/// A row per line, so that a difference names rows.
std::string render_json(const std::vector<access_row>& matrix) {
  std::string result{"["};
  for (const auto& row : matrix) {
    result += result.size() == 1 ? "\n" : ",\n";
    append_json(result, json::value{{"endpoint", row.endpoint},
                                    {"route", row.route},
                                    {"action", row.action},
                                    {"permissions", array_of(row.permissions)},
                                    {"codenames", array_of(row.codenames)},
                                    {"guarded", row.is_guarded}});
  }
  return result + "\n]\n";
}

/// The lines of a rendering with each run of blanks as one.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> result;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string plain;
    for (std::string word; words >> word;)
      plain += (plain.empty() ? "" : " ") + word;
    // The last row of a list has no comma.
    if (plain.ends_with("},"))
      plain.pop_back();
    result.push_back(std::move(plain));
  }
  return result;
}

std::string marked(const std::vector<std::string>& lines,
                   const std::vector<std::string>& others, char mark) {
  std::multiset<std::string> unmatched{others.begin(), others.end()};
  std::string result;
  for (const auto& line : lines)
    if (auto found = unmatched.find(line); found != unmatched.end())
      unmatched.erase(found);
    else
      result.append(1, mark).append(" ").append(line).append("\n");
  return result;
}

} // namespace

std::vector<access_row> collect_permissions(const endpoint_table& endpoints) {
  std::vector<access_row> result;
  for (const auto& endpoint : endpoints) {
    result.push_back(make_row(endpoint, {}, "connect",
                              *endpoint.routes->root().guard,
                              {question::can_connect}));
    for (const auto& route : endpoint.routes->all())
      add_rows(endpoint, route, result);
  }
  return result;
}

std::string render(const std::vector<access_row>& matrix,
                   matrix_format format) {
  switch (format) {
  case matrix_format::json:
    return render_json(matrix);
  case matrix_format::markdown:
    return render_markdown(matrix);
  case matrix_format::table:
    break;
  }
  return render_table(matrix);
}

std::string difference(std::string_view before, std::string_view after) {
  auto old_lines = lines_of(before);
  auto new_lines = lines_of(after);
  return marked(old_lines, new_lines, '-') + marked(new_lines, old_lines, '+');
}

} // namespace stagedoor
