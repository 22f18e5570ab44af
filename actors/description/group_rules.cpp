#include "stagedoor/actors/description/group_rules.hpp"

#include "stagedoor/actors/description/endpoint_checks.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace stagedoor {

namespace {

bool is_same_guard(const group_rule& left, const group_rule& right) {
  if (!left.guard || !right.guard)
    return left.guard == right.guard;
  return std::equal(
      left.guard->begin(), left.guard->end(), right.guard->begin(),
      right.guard->end(),
      [](const auto& a, const auto& b) { return a->name() == b->name(); });
}

bool is_same(const group_rule& left, const group_rule& right) {
  return left.policy == right.policy && left.recheck == right.recheck
         && is_same_guard(left, right);
}

bool lets_everybody_in(const permission_list& guard) {
  return std::all_of(guard.begin(), guard.end(), [](const auto& each) {
    return each->name() == "AllowAny";
  });
}

} // namespace

group_policy policy_of(const std::string& group, const endpoint_table& table) {
  fields ignored;
  std::optional<group_policy> result;
  for (const auto& entry : table)
    for (const auto& each : entry.groups) {
      const auto& policy = each.rule.policy;
      if ((result && !policy.kept) || !each.name.match_whole(group, ignored))
        continue;
      if (!result)
        result = policy;
      if (group.starts_with(reserved_group_mark)) {
        result->kept.reset();
        return *result;
      }
      if (!policy.kept)
        continue;
      result->kept = policy.kept;
      result->replay = policy.replay;
      return *result;
    }
  return result.value_or(group_policy{});
}

const compiled_group_rule* guarded_rule_of(const std::string& group,
                                           const endpoint_table& table,
                                           fields& captures) {
  if (group.starts_with(reserved_group_mark))
    return nullptr;
  for (const auto& entry : table)
    for (const auto& each : entry.groups)
      if (each.rule.guard && each.name.match_whole(group, captures))
        return &each;
  return nullptr;
}

bool have_histories(const endpoint_table& table) {
  for (const auto& entry : table)
    for (const auto& each : entry.groups)
      if (each.rule.policy.kept)
        return true;
  return false;
}

std::vector<std::string> open_histories(const endpoint_table& table) {
  std::vector<std::string> result;
  for (const auto& entry : table)
    for (const auto& each : entry.groups)
      if (each.rule.policy.kept && lets_everybody_in(*each.rule.guard))
        result.push_back(each.rule.pattern);
  return result;
}

caf::error check_group_rules(const endpoint_table& table) {
  std::map<std::string_view, const group_rule*> known;
  for (const auto& entry : table)
    for (const auto& each : entry.groups) {
      const auto [first, is_new] =
          known.try_emplace(each.rule.pattern, &each.rule);
      if (!is_new && !is_same(*first->second, each.rule))
        return flaw_at("endpoint \"" + entry.spec.path + '"',
                       "the groups \"" + each.rule.pattern
                           + "\" have another rule already, and groups belong "
                             "to the whole server");
    }
  return caf::none;
}

} // namespace stagedoor
