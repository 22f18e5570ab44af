#include "stagedoor/protocol/scope.hpp"

#include "stagedoor/protocol/packed.hpp"

#include <algorithm>

namespace stagedoor {

namespace {

/// Calls `f` with the names and values of a packed text until it returns false.
template <class F>
void for_each_field(std::string_view packed, F f) {
  unpacker all{packed};
  while (!all.empty()) {
    const auto name = all.text();
    if (!f(name, all.text()))
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
  packer to;
  for (const auto& [name, value] : all) {
    to.text(name);
    to.text(value);
  }
  text_ = to.take();
  text_.shrink_to_fit(); // It is kept as long as a connection.
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
