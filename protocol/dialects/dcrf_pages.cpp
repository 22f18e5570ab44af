#include "stagedoor/protocol/dialects/dcrf_pages.hpp"

#include <cstdint>

namespace stagedoor {

namespace {

constexpr std::size_t keys_of_page = 4;

/// @returns nothing if there is no number from `least`.
std::optional<std::int64_t>
number_at(const json::object& page, std::string_view key, std::int64_t least) {
  const auto* value = page.if_contains(key);
  const auto* number = value == nullptr ? nullptr : value->if_int64();
  if (number == nullptr || *number < least)
    return std::nullopt;
  return *number;
}

} // namespace

std::optional<std::string> route_of_next_page(std::string_view route,
                                              const reply& answer) {
  constexpr std::uint16_t ok_status = 200;
  if (answer.status != ok_status)
    return std::nullopt;
  const auto data = answer.data.value();
  const auto* page = data.if_object();
  if (page == nullptr || page->size() != keys_of_page
      || !page->contains("results"))
    return std::nullopt;
  const auto count = number_at(*page, "count", 0);
  const auto limit = number_at(*page, "limit", 1);
  const auto offset = number_at(*page, "offset", 0);
  if (!count || !limit || !offset || *offset >= *count - *limit)
    return std::nullopt;
  std::string result{route};
  result += route.find('?') == std::string_view::npos ? '?' : '&';
  return result + "limit=" + std::to_string(*limit)
         + "&offset=" + std::to_string(*offset + *limit);
}

} // namespace stagedoor
