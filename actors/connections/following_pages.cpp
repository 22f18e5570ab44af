#include "stagedoor/actors/connections/following_pages.hpp"

#include "stagedoor/protocol/dialects/dcrf_pages.hpp"

#include <utility>

namespace stagedoor {

std::optional<reply> following_pages::begin(const client_message& message,
                                            std::uint64_t sequence) {
  if (!core_.speech.sends_all_pages)
    return std::nullopt;
  if (message.head.action == "list_cancel") {
    asked_.clear();
    due_.clear();
    return ok();
  }
  if (message.head.action != "list")
    return std::nullopt;
  if (asked_.size() + due_.size() >= core_.bounds().paged_lists_max)
    return reject("No further list can be begun.");
  asked_.try_emplace(sequence, paged_list{message, message.head.route});
  return std::nullopt;
}

void following_pages::answered(std::uint64_t sequence, const reply& answer) {
  if (answer.is_interim())
    return;
  auto found = asked_.extract(sequence);
  if (!found)
    return;
  auto& list = found.mapped();
  if (auto route = route_of_next_page(list.route, answer)) {
    list.message.head.route = std::move(*route);
    due_.push_back(std::move(list));
  }
}

client_message following_pages::next(std::uint64_t sequence) {
  auto list = std::move(due_.front());
  due_.pop_front();
  return asked_.try_emplace(sequence, std::move(list)).first->second.message;
}

} // namespace stagedoor
