#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "truth_table.hpp"

namespace stagedoor::test {

/// All that can happen when an expression is asked some questions, one after
/// the other.
///
/// Whoever evaluates an expression sees of a leaf what it overrides, and the
/// answers for which it asks. So tables that differ only in answers for which
/// nobody asks are one and the same run, and one of them stands for all: the
/// one with an allow in those places. That holds as long as the leaves are
/// asked that the definition asks, which each run has to check. Here, too, all
/// tables are gone through: each run tells how many it stands for.
class run_finder {
public:
  /// @param table is set for each run in turn, in the rows of `questions`.
  run_finder(const expression& of, std::vector<question> questions,
             std::size_t leaves, truth_table& table)
      : of_(of), questions_(std::move(questions)), table_(table) {
    for (std::size_t leaf = 0; leaf < leaves; ++leaf)
      for (auto asked : questions_)
        cells_.push_back({leaf, asked});
  }

  /// Calls `visit` once for each run.
  /// @returns how many tables all runs together stand for.
  template <class Visit>
  std::size_t visit_all(Visit visit) {
    std::size_t result = 0;
    for (std::size_t bits = 0; bits < std::size_t{1} << cells_.size(); ++bits) {
      overridden_ = 0;
      for (std::size_t i = 0; i < cells_.size(); ++i) {
        const auto is_overridden = (bits >> i & 1U) == 0;
        set(cells_[i], is_overridden ? says::allow : says::nothing);
        overridden_ += is_overridden ? 1 : 0;
      }
      result += visit_from(0, visit);
    }
    return result;
  }

private:
  /// The runs whose first `decided` answers are those in the table.
  template <class Visit>
  std::size_t visit_from(std::size_t decided, Visit& visit) {
    std::vector<leaf_question> order;
    for (auto asked : questions_)
      definition{table_}.order(of_, asked, order);
    visit();
    std::size_t result = 1;
    // What is overridden and not asked might be an allow, a deny or an error.
    for (auto i = order.size(); i < overridden_; ++i)
      result *= 3;
    for (auto i = decided; i < order.size(); ++i) {
      for (auto said : {says::deny, says::error}) {
        set(order[i], said);
        result += visit_from(i + 1, visit);
      }
      set(order[i], says::allow);
    }
    return result;
  }

  void set(const leaf_question& cell, says what) {
    table_.at(cell.leaf, cell.asked) = what;
  }

  const expression& of_;
  std::vector<question> questions_;
  truth_table& table_;
  std::vector<leaf_question> cells_;
  std::size_t overridden_ = 0;
};

} // namespace stagedoor::test
