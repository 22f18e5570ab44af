#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace stagedoor {

/// How a list is cut into pages.
enum class pagination : std::uint8_t {
  /// All rows at once, as an array.
  none,
  /// `?page=4&page_size=10`.
  page_number,
  /// `?limit=10&offset=30`.
  limit_offset,
  /// The same query. The page has its `limit` and its `offset` in place of
  /// links, as those of djangochannelsrestframework have.
  window,
  /// `?cursor=…`, which goes on behind the last row that the client has seen,
  /// whatever was added or deleted meanwhile.
  cursor
};

/// The pages of a list.
struct page_rules {
  pagination how = pagination::none;
  /// The rows of a page for clients that ask for no number; 0: they get the
  /// whole list.
  std::size_t size = 10;
  /// The most rows that a client may ask for; 0: it gets `size` in any case.
  std::size_t size_max = 100;
};

/// What a client may ask of the list of a model.
struct list_rules {
  /// The most rows of a list without pages. A longer one is refused.
  static constexpr std::size_t rows_max_default = 1000;
  /// The most words of a search, and the most values of a filter.
  static constexpr std::size_t words_max = 32;

  page_rules pages;
  std::size_t rows_max = rows_max_default;
  /// The fields by which a client may order the list.
  std::vector<std::string> ordering;
  /// The order of a list for which the client names none. Ends with the
  /// primary key in any case.
  std::vector<std::string> default_order;
  /// The fields in which a client may search.
  std::vector<std::string> search;
  /// The fields by which a client may filter, with the way of comparing.
  std::vector<std::string> filters;
};

} // namespace stagedoor
