#include "stagedoor/protocol/model/description.hpp"

#include "stagedoor/protocol/model/field_rules.hpp"

#include <algorithm>

namespace stagedoor {

void struct_description::add(member_codec codec, field rules) {
  codec.is_write_only = rules.rules().write_only;
  object_.field(codec.name, std::move(rules));
  const auto known =
      std::find_if(codecs_.begin(), codecs_.end(),
                   [&](const auto& other) { return other.name == codec.name; });
  if (known != codecs_.end())
    *known = std::move(codec);
  else
    codecs_.push_back(std::move(codec));
}

json::object struct_description::read_members(const json::object& canonical,
                                              void* object) const {
  json::object errors;
  for (const auto& codec : codecs_) {
    const auto* value = canonical.if_contains(codec.name);
    if (value == nullptr)
      continue;
    if (const auto text = codec.read(*value, object); !text.empty())
      errors[codec.name] = json::array{json::string(text)};
  }
  return errors;
}

json::object struct_description::write_members(const void* object) const {
  json::object result;
  result.reserve(codecs_.size());
  for (const auto& codec : codecs_)
    result.emplace(codec.name, codec.write(object));
  return result;
}

json::object struct_description::show_members(const void* object) const {
  json::object result;
  result.reserve(codecs_.size());
  for (const auto& codec : codecs_) {
    if (!codec.is_write_only)
      result.emplace(codec.name, codec.write(object));
  }
  return result;
}

} // namespace stagedoor
