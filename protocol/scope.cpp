#include "stagedoor/protocol/scope.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace stagedoor {

namespace {

using size_type = std::uint32_t;

void append_size(std::string& to, std::string_view text) {
  const auto size = static_cast<size_type>(text.size());
  std::array<char, sizeof size> bytes{};
  std::memcpy(bytes.data(), &size, sizeof size);
  to.append(bytes.data(), bytes.size());
}

std::size_t take_size(std::string_view& from) {
  size_type size = 0;
  std::memcpy(&size, from.data(), sizeof size);
  from.remove_prefix(sizeof size);
  return size;
}

std::string_view take_text(std::string_view& from, std::size_t size) {
  const auto result = from.substr(0, size);
  from.remove_prefix(size);
  return result;
}

/// Calls `f` with the names and values of a packed text until it returns false.
template <class F>
void for_each_field(std::string_view packed, F f) {
  while (!packed.empty()) {
    const auto name_size = take_size(packed);
    const auto value_size = take_size(packed);
    const auto name = take_text(packed, name_size);
    if (!f(name, take_text(packed, value_size)))
      return;
  }
}

} // namespace

const std::string* find_field(const fields& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(),
                   [name](const auto& field) { return field.first == name; });
  return found == all.end() ? nullptr : &found->second;
}

packed_fields::packed_fields(const fields& all) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : all)
    bytes += 2 * sizeof(size_type) + name.size() + value.size();
  text_.reserve(bytes);
  for (const auto& [name, value] : all) {
    append_size(text_, name);
    append_size(text_, value);
    text_.append(name).append(value);
  }
}

fields packed_fields::unpacked() const {
  fields result;
  for_each_field(text_, [&](std::string_view name, std::string_view value) {
    result.emplace_back(name, value);
    return true;
  });
  return result;
}

std::optional<std::string_view> find_field(const packed_fields& all,
                                           std::string_view wanted) {
  std::optional<std::string_view> result;
  for_each_field(all.text_, [&](std::string_view name, std::string_view value) {
    if (name == wanted)
      result = value;
    return !result;
  });
  return result;
}

} // namespace stagedoor
