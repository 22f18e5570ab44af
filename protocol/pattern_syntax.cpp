#include "stagedoor/protocol/pattern_syntax.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5>
    named_classes{{
        {"int", "[0-9]+"},
        {"path", ".+"},
        {"slug", "[-a-zA-Z0-9_]+"},
        {"str", "[^/]+"},
        {"uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-"
                 "[0-9a-f]{12}"},
    }};

bool is_ascii_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_group_name(std::string_view name) {
  return !name.empty() && is_ascii_letter(name.front())
         && std::all_of(name.begin(), name.end(), [](char c) {
              return is_ascii_letter(c)
                     || std::isdigit(static_cast<unsigned char>(c)) != 0;
            });
}

/// The front of a text up to and with `end`; all of it where there is none.
std::string_view up_to(std::string_view text, std::string_view end) {
  const auto at = text.find(end);
  return at == std::string_view::npos ? text : text.substr(0, at + end.size());
}

/// The escape at the front of a text.
std::string_view front_escape(std::string_view text) {
  if (text.starts_with("\\Q"))
    return up_to(text, "\\E");
  for (const auto* begin : {"\\p{", "\\P{", "\\x{"})
    if (text.starts_with(begin))
      return up_to(text, "}");
  return text.substr(0, 2);
}

/// The class of characters at the front of a text, such as `[^]a]`.
std::string_view front_class(std::string_view text) {
  std::size_t at = text.starts_with("[^") ? 2 : 1;
  const auto first = at;
  while (at < text.size() && (text[at] != ']' || at == first)) {
    const auto rest = text.substr(at);
    if (rest.front() == '\\')
      at += front_escape(rest).size();
    else if (const auto end = rest.find(":]", 2);
             rest.starts_with("[:") && end != std::string_view::npos)
      at += end + 2;
    else
      ++at; // RE2 takes a `[:` that no `:]` follows for two characters.
  }
  return text.substr(0, at + 1);
}

/// Appends what a name in braces stands for.
/// @returns why it is refused; empty if it is good.
std::string expand(std::string_view braces, std::string& out) {
  const auto content = braces.substr(1, braces.size() - 2);
  const auto colon = content.find(':');
  const auto name = content.substr(0, colon);
  const auto* known =
      std::find_if(named_classes.begin(), named_classes.end(),
                   [&](const auto& each) { return each.first == name; });
  if (!braces.ends_with('}') || known == named_classes.end())
    return "there is no " + std::string(braces)
           + ", only {int}, {path}, {slug}, {str} and {uuid}; \\{ is a brace";
  if (colon == std::string_view::npos) {
    out.append("(?:").append(known->second) += ')';
    return {};
  }
  const auto group = content.substr(colon + 1);
  if (!is_group_name(group))
    return std::string(braces) + " names no group";
  out.append("(?P<").append(group).append(">").append(known->second) += ')';
  return {};
}

} // namespace

std::string to_re2(std::string_view pattern, std::string& expression) {
  expression.clear();
  while (!pattern.empty()) {
    auto part = pattern.substr(0, 1);
    if (part == "\\") {
      part = front_escape(pattern);
      if (part == "\\C")
        return "\\C takes half of a character; write .";
    } else if (part == "[") {
      part = front_class(pattern);
    } else if (pattern.starts_with("{,")) {
      return "{,n} is no repetition; write {0,n}, or \\{ for a brace";
    } else if (part == "{" && pattern.size() > 1
               && is_ascii_letter(pattern[1])) {
      part = up_to(pattern, "}");
      if (auto reason = expand(part, expression); !reason.empty())
        return reason;
      pattern.remove_prefix(part.size());
      continue;
    } else if (pattern.starts_with("(?<") && !pattern.starts_with("(?<=")
               && !pattern.starts_with("(?<!")) {
      return "(?<name>…) is a group for some versions of RE2 only; write "
             "(?P<name>…)";
    }
    expression += part;
    pattern.remove_prefix(part.size());
  }
  return {};
}

} // namespace stagedoor
