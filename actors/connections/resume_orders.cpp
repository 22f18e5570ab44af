#include "stagedoor/actors/connections/resume_orders.hpp"

#include "stagedoor/actors/connections/own_routes.hpp"
#include "stagedoor/protocol/model/description.hpp"

#include <boost/describe/class.hpp>

#include <utility>
#include <vector>

namespace stagedoor {

namespace detail {

/// What a client says of one group.
struct resume_entry {
  std::string group;
  std::string epoch;
  std::uint64_t offset = 0;
};
BOOST_DESCRIBE_STRUCT(resume_entry, (), (group, epoch, offset))

} // namespace detail

namespace {

json::value to_json_value(const std::string& group,
                          const group_cursors::resumption& found) {
  json::object result{{"group", group}, {"recovered", found.is_recovered}};
  result["missed"] =
      found.is_recovered ? json::value(found.missed) : json::value(nullptr);
  result["epoch"] = epoch_text(found.last.epoch);
  result["offset"] = found.last.offset;
  return result;
}

json::value refusal_of(const std::string& group) {
  return {{"group", group}, {"recovered", false}, {"status", 403}};
}

/// Finds a group that is named twice.
/// @param errors gets it, by place.
void find_repeated(const std::vector<detail::resume_entry>& entries,
                   json::object& errors) {
  for (std::size_t place = 1; place < entries.size(); ++place)
    for (std::size_t before = 0; before < place; ++before)
      if (entries[before].group == entries[place].group) {
        errors[std::to_string(place)] =
            json::object{{"group", json::array{"This group is named twice."}}};
        break;
      }
}

} // namespace

void resume_orders::resume(client_message message, std::uint64_t sequence) {
  request_data data;
  data.scope = credentials_.scope();
  message.head.route.clear(); // The query has no arguments of a `resume`.
  data.message = std::move(message);
  json::object errors;
  const auto entries = arg<"groups", std::vector<detail::resume_entry>>::from(
      request{std::move(data)}, errors);
  const auto most = core_.bounds().groups_max;
  if (entries->size() > most) {
    errors["groups"] =
        json::array{json::string("Ensure this field has no more than "
                                 + std::to_string(most) + " elements.")};
  } else if (errors.empty()) {
    json::object repeated;
    find_repeated(*entries, repeated);
    if (!repeated.empty())
      errors["groups"] = std::move(repeated);
  }
  if (!errors.empty()) {
    answer(sequence, reject(std::move(errors)));
    return;
  }
  const auto begun = std::make_shared<round>(round{sequence});
  for (const auto& entry : *entries)
    begun->groups.push_back(entry.group);
  begun->found.resize(entries->size());
  // The last one is this function, so that the round does not end before all
  // groups are asked for.
  begun->awaited = entries->size() + 1;
  for (std::size_t place = 0; place < entries->size(); ++place)
    resume(begun, place,
           {read_epoch((*entries)[place].epoch), (*entries)[place].offset});
  answered(*begun);
}

void resume_orders::resume(const std::shared_ptr<round>& begun,
                           std::size_t place, const group_position& from) {
  memberships_.resume(
      begun->groups[place], from, begun->sequence,
      [this, begun,
       place](const std::optional<group_cursors::resumption>& found) {
        begun->found[place] = found;
        answered(*begun);
      });
}

/// One entry more of a round is there.
void resume_orders::answered(round& begun) {
  if (--begun.awaited > 0)
    return;
  json::array entries;
  for (std::size_t place = 0; place < begun.groups.size(); ++place) {
    const auto& group = begun.groups[place];
    const auto& found = begun.found[place];
    // It may have left meanwhile.
    entries.push_back(found && memberships_.is_member(group)
                          ? to_json_value(group, *found)
                          : refusal_of(group));
  }
  json::object data;
  data["groups"] = std::move(entries);
  answer(begun.sequence, ok(data));
}

void resume_orders::answer(std::uint64_t sequence, const reply& result) {
  if (core_.metrics != nullptr)
    core_.metrics->messages(endpoint_.spec.path, std::string{groups_route})
        .at(std::string_view{"resume"})
        .answers.at(result.status)
        .add();
  owner_.resumed(sequence, result);
}

} // namespace stagedoor
