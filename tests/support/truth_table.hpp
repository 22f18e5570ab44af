#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor::test {

// protocol/README.md, "The algebra", a second time: its table read as it
// stands, over trees whose leaves say what a truth table tells them to. None of
// it uses the library's own evaluation.

/// What a leaf says to one question.
enum class says : std::uint8_t { allow, deny, error, nothing };

inline constexpr std::array all_sayings{says::allow, says::deny, says::error,
                                        says::nothing};

inline constexpr std::array all_questions{question::can_connect,
                                          question::has_permission,
                                          question::has_object_permission};

/// The place of a question among them.
inline constexpr std::size_t index_of(question asked) {
  return static_cast<std::size_t>(asked) / 2;
}

/// One question to one leaf.
struct leaf_question {
  std::size_t leaf = 0;
  question asked = question::has_permission;

  bool operator==(const leaf_question&) const = default;
};

/// What each leaf says to each question, and what they have been asked so far.
struct truth_table {
  static constexpr std::size_t leaves_max = 3;

  std::array<std::array<says, all_questions.size()>, leaves_max> rows{};
  std::vector<leaf_question> asked;

  says& at(std::size_t leaf, question about) {
    return rows[leaf][index_of(about)];
  }
  [[nodiscard]] says at(std::size_t leaf, question about) const {
    return rows[leaf][index_of(about)];
  }

  /// Has all leaves deny: where nothing else is asked for, an answer to the
  /// wrong question shows.
  void deny_all() {
    for (auto& row : rows)
      row.fill(says::deny);
  }

  /// Sets what all leaves say to one question, from the digits of `number` in
  /// base four, and returns the rest of it.
  std::size_t set(question about, std::size_t leaves, std::size_t number) {
    for (std::size_t leaf = 0; leaf < leaves; ++leaf, number /= 4)
      at(leaf, about) = all_sayings[number % 4];
    return number;
  }
};

using truth_table_ptr = std::shared_ptr<truth_table>;

inline std::string leaf_name(std::size_t leaf) {
  return {static_cast<char>('A' + leaf)};
}

/// The one answer that this leaf gives to this question if it says `what`: no
/// two leaves and no two questions have a text or a status in common.
inline decision make_leaf_answer(std::size_t leaf, question asked, says what) {
  auto number =
      static_cast<std::uint16_t>(8 * leaf + static_cast<std::size_t>(asked));
  auto own = leaf_name(leaf) + std::to_string(static_cast<int>(asked));
  switch (what) {
  case says::deny:
    return deny("no " + own, static_cast<std::uint16_t>(420 + number),
                "code_" + own)
        .because("because " + own);
  case says::error:
    return decision_error("broken " + own,
                          static_cast<std::uint16_t>(520 + number));
  default:
    return allow();
  }
}

/// The same, made once: the answers are given a million times.
inline const decision& leaf_answer(std::size_t leaf, question asked,
                                   says what) {
  static const auto all = [] {
    std::vector<decision> result;
    for (std::size_t each = 0; each < truth_table::leaves_max; ++each)
      for (auto about : all_questions)
        for (auto said : all_sayings)
          result.push_back(make_leaf_answer(each, about, said));
    return result;
  }();
  return all[(leaf * all_questions.size() + index_of(asked))
                 * all_sayings.size()
             + static_cast<std::size_t>(what)];
}

/// A permission that says what its row of a table tells it to.
class table_leaf final : public permission_base {
public:
  table_leaf(truth_table_ptr table, std::size_t leaf,
             answerer by = answerer::unit)
      : table_(std::move(table)), leaf_(leaf), by_(by) {}

  [[nodiscard]] std::string name() const override { return leaf_name(leaf_); }

  [[nodiscard]] bool overrides(question asked) const override {
    return table_->at(leaf_, asked) != says::nothing;
  }

  [[nodiscard]] answerer answered_by() const override { return by_; }

  [[nodiscard]] decision can_connect(const scope&) const override {
    return answer_to(question::can_connect);
  }
  [[nodiscard]] decision has_permission(const scope&, std::string_view,
                                        const request&) const override {
    return answer_to(question::has_permission);
  }
  [[nodiscard]] decision
  has_object_permission(const scope&, std::string_view, const request&,
                        const json::value&) const override {
    return answer_to(question::has_object_permission);
  }

private:
  [[nodiscard]] decision answer_to(question asked) const {
    table_->asked.push_back({leaf_, asked});
    return leaf_answer(leaf_, asked, table_->at(leaf_, asked));
  }

  truth_table_ptr table_;
  std::size_t leaf_;
  answerer by_;
};

// -- expressions --------------------------------------------------------------

/// How a permission is put together of leaves.
struct expression {
  enum class form : std::uint8_t { leaf, both, either, negation };

  form made_as = form::leaf;
  std::size_t leaf = 0;
  std::vector<expression> parts;
};

inline expression leaf(std::size_t number) {
  return {expression::form::leaf, number, {}};
}
inline expression both(expression left, expression right) {
  return {expression::form::both, 0, {std::move(left), std::move(right)}};
}
inline expression negated(expression part) {
  return {expression::form::negation, 0, {std::move(part)}};
}

/// The same expression in the library's operators.
inline permission build(const expression& from,
                        const std::vector<permission>& leaves) {
  switch (from.made_as) {
  case expression::form::leaf:
    return leaves.at(from.leaf);
  case expression::form::both:
    return build(from.parts[0], leaves) & build(from.parts[1], leaves);
  case expression::form::either:
    return build(from.parts[0], leaves) | build(from.parts[1], leaves);
  case expression::form::negation:
    break;
  }
  return !build(from.parts[0], leaves);
}

/// The expression in full parentheses.
inline std::string spell(const expression& what) {
  switch (what.made_as) {
  case expression::form::leaf:
    return leaf_name(what.leaf);
  case expression::form::negation:
    return '!' + spell(what.parts[0]);
  default:
    return '(' + spell(what.parts[0])
           + (what.made_as == expression::form::both ? " & " : " | ")
           + spell(what.parts[1]) + ')';
  }
}

/// `(A op B)` for both operators. Bits of `denied`: what gets a `!`, the
/// leaves from the left, then the whole.
inline std::vector<expression> shapes_of_two(unsigned denied) {
  auto maybe = [denied](unsigned bit, expression what) {
    return (denied >> bit & 1U) != 0 ? negated(std::move(what)) : what;
  };
  std::vector<expression> result;
  for (auto op : {expression::form::both, expression::form::either})
    result.push_back(maybe(2, {op, 0, {maybe(0, leaf(0)), maybe(1, leaf(1))}}));
  return result;
}

/// `(A op B) op C` and `A op (B op C)` for all pairs of operators. Bits of
/// `denied`: the leaves from the left, the inner compound, the whole.
inline std::vector<expression> shapes_of_three(unsigned denied) {
  auto maybe = [denied](unsigned bit, expression what) {
    return (denied >> bit & 1U) != 0 ? negated(std::move(what)) : what;
  };
  auto a = maybe(0, leaf(0));
  auto b = maybe(1, leaf(1));
  auto c = maybe(2, leaf(2));
  std::vector<expression> result;
  for (auto inner : {expression::form::both, expression::form::either})
    for (auto outer : {expression::form::both, expression::form::either}) {
      result.push_back(maybe(4, {outer, 0, {maybe(3, {inner, 0, {a, b}}), c}}));
      result.push_back(maybe(4, {outer, 0, {a, maybe(3, {inner, 0, {b, c}})}}));
    }
  return result;
}

// -- the definition -----------------------------------------------------------

/// What an expression comes to: a verdict, and whose answer it is.
struct outcome {
  says verdict = says::allow;
  /// No leaf: the denial of a `!`, or an allow.
  bool is_own = true;
  leaf_question source{};
};

/// The table of protocol/README.md over one truth table.
class definition {
public:
  explicit definition(const truth_table& table) : table_(table) {}

  /// A compound overrides what any part overrides.
  [[nodiscard]] bool overrides(const expression& of, question asked) const {
    if (of.made_as == expression::form::leaf)
      return table_.at(of.leaf, asked) != says::nothing;
    for (const auto& part : of.parts)
      if (overrides(part, asked))
        return true;
    return false;
  }

  /// What it comes to if everybody is asked everything.
  [[nodiscard]] outcome result(const expression& of, question asked) const {
    if (!overrides(of, asked))
      return {};
    switch (of.made_as) {
    case expression::form::leaf: {
      auto said = table_.at(of.leaf, asked);
      if (said == says::allow)
        return {};
      return {said, false, {of.leaf, asked}};
    }
    case expression::form::negation: {
      auto inner = result(of.parts[0], asked);
      if (inner.verdict == says::error)
        return inner;
      return {
          inner.verdict == says::allow ? says::deny : says::allow, true, {}};
    }
    case expression::form::both: {
      auto left = result(of.parts[0], asked);
      return left.verdict == says::allow ? result(of.parts[1], asked) : left;
    }
    case expression::form::either:
      break;
    }
    return either_of(side(of.parts[0], asked), side(of.parts[1], asked));
  }

  /// Appends the leaves that have to be asked, from left to right, unless they
  /// are in `asked` already.
  void order(const expression& of, question about,
             std::vector<leaf_question>& asked) const {
    if (!overrides(of, about))
      return;
    switch (of.made_as) {
    case expression::form::leaf: {
      leaf_question next{of.leaf, about};
      if (std::ranges::find(asked, next) == asked.end())
        asked.push_back(next);
      return;
    }
    case expression::form::negation:
      order(of.parts[0], about, asked);
      return;
    case expression::form::both:
      order(of.parts[0], about, asked);
      if (result(of.parts[0], about).verdict == says::allow)
        order(of.parts[1], about, asked);
      return;
    case expression::form::either:
      order_side(of.parts[0], about, asked);
      if (side(of.parts[0], about).verdict != says::allow)
        order_side(of.parts[1], about, asked);
      return;
    }
  }

  /// What the library has to answer for an outcome.
  static const decision& to_decision(const outcome& of) {
    static const decision own_allow = allow();
    static const decision own_deny = deny();
    if (!of.is_own)
      return leaf_answer(of.source.leaf, of.source.asked, of.verdict);
    return of.verdict == says::allow ? own_allow : own_deny;
  }

private:
  static outcome either_of(const outcome& left, const outcome& right) {
    for (auto wanted : {says::allow, says::error})
      for (const auto* one : {&left, &right})
        if (one->verdict == wanted)
          return *one;
    return left;
  }

  /// One side of an `|`: for an object, both the request and the object.
  [[nodiscard]] outcome side(const expression& of, question asked) const {
    if (asked == question::has_object_permission)
      if (auto first = result(of, question::has_permission);
          first.verdict != says::allow)
        return first;
    return result(of, asked);
  }

  void order_side(const expression& of, question about,
                  std::vector<leaf_question>& asked) const {
    if (about == question::has_object_permission) {
      order(of, question::has_permission, asked);
      if (result(of, question::has_permission).verdict != says::allow)
        return;
    }
    order(of, about, asked);
  }

  const truth_table& table_;
};

// -- comparing ----------------------------------------------------------------

inline bool is_same(const decision& left, const decision& right) {
  return left.answer == right.answer && left.status == right.status
         && left.message == right.message && left.code == right.code
         && left.reason == right.reason;
}

/// `A2 B2 A4`: leaf and bit of the question.
inline std::string spell(const std::vector<leaf_question>& asked) {
  std::string result;
  for (const auto& [leaf, about] : asked)
    result += leaf_name(leaf) + std::to_string(static_cast<int>(about)) + ' ';
  return result;
}

/// The rows of a table, `add-` for allow, deny, error and nothing.
inline std::string spell(const truth_table& table) {
  std::string result;
  for (const auto& row : table.rows) {
    for (auto said : row)
      result += "ade-"[static_cast<std::size_t>(said)];
    result += ' ';
  }
  return result;
}

/// Counts cases and keeps the first that were wrong.
class case_book {
public:
  /// @returns whether it is as it should be; else it is noted.
  bool note(bool is_right, auto describe) {
    ++cases_;
    if (!is_right && ++wrong_ <= 5)
      text_ += "\n  " + describe();
    return is_right;
  }

  [[nodiscard]] std::size_t cases() const { return cases_; }
  [[nodiscard]] std::size_t wrong() const { return wrong_; }
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  std::size_t cases_ = 0;
  std::size_t wrong_ = 0;
  std::string text_;
};

} // namespace stagedoor::test
