#include "stagedoor/protocol/plain_pattern.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::string_view letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";
/// They stand for themselves, outside of brackets.
constexpr std::string_view plain_signs = " !\"#%&',-/:;<=>@_`~";
/// They stand for themselves behind a backslash.
constexpr std::string_view escaped_signs =
    " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

constexpr std::size_t ascii_count = 128;

bool is_among(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}

bool is_word(char c) {
  return is_among(letters, c) || is_among(digits, c) || c == '_';
}

std::size_t index_of(char c) {
  return static_cast<unsigned char>(c);
}

} // namespace

/// Goes through an expression. Each member function that takes a part returns
/// false if the part, and so the expression, is not plain.
class plain_pattern::parser {
public:
  explicit parser(std::string_view expression) : rest_(expression) {}

  bool take_all(std::vector<step>& steps, bool& ends) {
    take("^");
    while (!rest_.empty()) {
      if (rest_ == "$") {
        ends = true;
        return !in_group_;
      }
      if (!take_part(steps))
        return false;
    }
    return !in_group_;
  }

private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text))
      return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  char take_one() {
    const auto result = rest_.front();
    rest_.remove_prefix(1);
    return result;
  }

  bool take_part(std::vector<step>& steps) {
    if (take("("))
      return begin_group(steps);
    if (take(")"))
      return end_group(steps);
    step next;
    if (!take_characters(next))
      return false;
    return take_repetition(next) && add(std::move(next), steps);
  }

  bool begin_group(std::vector<step>& steps) {
    if (in_group_)
      return false;
    in_group_ = true;
    is_named_ = take("?P<");
    if (is_named_) {
      const auto end = rest_.find('>');
      if (end == std::string_view::npos || ++groups_ > groups_max)
        return false;
      rest_.remove_prefix(end + 1);
      steps.push_back({step::kind::group_begin});
      return true;
    }
    return take("?:") || !rest_.starts_with("?");
  }

  bool end_group(std::vector<step>& steps) {
    if (!in_group_ || is_repetition())
      return false;
    in_group_ = false;
    if (is_named_)
      steps.push_back({step::kind::group_end});
    return true;
  }

  /// Takes what stands for one character: itself, or one of several.
  bool take_characters(step& next) {
    next.what = step::kind::run;
    if (take("[")) {
      return take_brackets(next);
    }
    if (take(".")) {
      next.set.fill(true);
      next.set[index_of('\n')] = false;
      next.takes_others = true;
      return true;
    }
    if (take("\\"))
      return take_escape(next);
    const auto c = take_one();
    next.set[index_of(c)] = true;
    next.text = c;
    return is_word(c) || is_among(plain_signs, c);
  }

  /// Takes what stands behind a backslash.
  bool take_escape(step& next) {
    if (rest_.empty())
      return false;
    const auto c = take_one();
    if (c == 'd' || c == 'w') {
      for (auto each : digits)
        next.set[index_of(each)] = true;
      if (c == 'w')
        for (std::size_t each = 0; each < ascii_count; ++each)
          next.set[each] |= is_word(static_cast<char>(each));
      return true;
    }
    next.set[index_of(c)] = true;
    next.text = c;
    return is_among(escaped_signs, c);
  }

  bool take_brackets(step& next) {
    const auto is_negated = take("^");
    // A bracket or nothing comes first: RE2 knows what that means.
    if (rest_.starts_with("]"))
      return false;
    while (!take("]"))
      if (!take_member(next))
        return false;
    next.text.clear();
    if (is_negated) {
      for (auto& each : next.set)
        each = !each;
      next.takes_others = true;
    }
    return true;
  }

  /// Takes a character or a range in brackets.
  bool take_member(step& next) {
    if (rest_.empty() || rest_.starts_with("["))
      return false;
    if (take("\\"))
      // Not as an end of a range.
      return take_escape(next) && (!rest_.starts_with("-") || is_last_dash());
    const auto first = take_one();
    if (index_of(first) >= ascii_count || index_of(first) < index_of(' '))
      return false;
    if (!rest_.starts_with("-") || is_last_dash()) {
      next.set[index_of(first)] = true;
      return true;
    }
    rest_.remove_prefix(1);
    if (rest_.empty() || !is_word(first) || !is_word(rest_.front()))
      return false;
    const auto last = take_one();
    for (auto each = index_of(first); each <= index_of(last); ++each)
      next.set[each] = true;
    return first <= last;
  }

  [[nodiscard]] bool is_last_dash() const { return rest_.starts_with("-]"); }

  [[nodiscard]] bool is_repetition() const {
    return !rest_.empty() && is_among("*+?{", rest_.front());
  }

  /// Takes how often the characters may stand there.
  bool take_repetition(step& next) {
    if (!is_repetition())
      return true;
    const auto how = take_one();
    next.may_repeat = how == '*' || how == '+';
    next.may_be_empty = how == '*' || how == '?';
    next.text.clear();
    return how != '{' && !is_repetition();
  }

  /// Adds a step, and joins texts.
  static bool add(step next, std::vector<step>& steps) {
    if (next.text.empty()) {
      steps.push_back(std::move(next));
      return true;
    }
    if (steps.empty() || steps.back().what != step::kind::text)
      steps.push_back({step::kind::text});
    steps.back().text += next.text;
    return true;
  }

  std::string_view rest_;
  bool in_group_ = false;
  bool is_named_ = false;
  std::size_t groups_ = 0;
};

std::optional<plain_pattern> plain_pattern::parse(std::string_view expression) {
  plain_pattern result;
  if (parser{expression}.take_all(result.steps_, result.ends_)
      && result.is_plain())
    return result;
  return std::nullopt;
}

/// Whether each run ends where it has to: what follows it cannot be a part of
/// it, and is there.
bool plain_pattern::is_plain() const {
  for (auto run = steps_.begin(); run != steps_.end(); ++run) {
    if (run->what != step::kind::run
        || (!run->may_repeat && !run->may_be_empty))
      continue;
    const auto next = std::find_if(run + 1, steps_.end(), [](const step& x) {
      return x.what == step::kind::text || x.what == step::kind::run;
    });
    if (next == steps_.end())
      return true;
    if (next->what != step::kind::text || run->set[index_of(next->text[0])])
      return false;
  }
  return true;
}

plain_pattern::outcome plain_pattern::match(std::string_view path, bool whole,
                                            found& result) const {
  std::size_t at = 0;
  std::size_t group_begin = 0;
  std::size_t groups = 0;
  for (const auto& next : steps_) {
    switch (next.what) {
    case step::kind::text:
      if (!path.substr(at).starts_with(next.text))
        return outcome::no;
      at += next.text.size();
      break;
    case step::kind::run: {
      const auto begin = at;
      const auto end =
          next.may_repeat ? path.size() : std::min(at + 1, path.size());
      while (at < end && next.set[index_of(path[at])]
             && index_of(path[at]) < ascii_count)
        ++at;
      if (at < end && next.takes_others && index_of(path[at]) >= ascii_count)
        return outcome::unknown;
      if (at == begin && !next.may_be_empty)
        return outcome::no;
      break;
    }
    case step::kind::group_begin:
      group_begin = at;
      break;
    case step::kind::group_end:
      result.groups[groups++] = path.substr(group_begin, at - group_begin);
    }
  }
  result.length = at;
  return (ends_ || whole) && at != path.size() ? outcome::no : outcome::yes;
}

} // namespace stagedoor
