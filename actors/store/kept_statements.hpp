#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace stagedoor {

/// The prepared statements of a connection, by their text.
/// @tparam Statement owns one.
template <class Statement>
class kept_statements {
public:
  /// How many are kept. One more drops the one that was not used for the
  /// longest time.
  static constexpr std::size_t count_max = 128;

  /// The statement with this text; null if it is not kept.
  Statement* find(const std::string& text) {
    const auto found = by_text_.find(text);
    if (found == by_text_.end())
      return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->statement;
  }

  /// Keeps a statement whose text is not there yet.
  Statement& add(std::string text, Statement added) {
    entries_.push_front({std::move(text), std::move(added)});
    by_text_.emplace(entries_.front().text, entries_.begin());
    return entries_.front().statement;
  }

  /// Takes out the one that was not used for the longest time, if there are
  /// more than are kept.
  std::optional<Statement> take_oldest() {
    if (entries_.size() <= count_max)
      return std::nullopt;
    by_text_.erase(entries_.back().text);
    auto result = std::move(entries_.back().statement);
    entries_.pop_back();
    return result;
  }

  void clear() {
    by_text_.clear();
    entries_.clear();
  }

private:
  struct entry {
    std::string text;
    Statement statement;
  };

  /// The last used is first.
  std::list<entry> entries_;
  std::unordered_map<std::string_view, typename std::list<entry>::iterator>
      by_text_;
};

} // namespace stagedoor
