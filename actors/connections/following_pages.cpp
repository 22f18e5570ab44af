#include "stagedoor/actors/connections/following_pages.hpp"

#include "stagedoor/protocol/dialects/dcrf_pages.hpp"

#include <algorithm>
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
  asked_.push_back({sequence, {message, message.head.route}});
  return std::nullopt;
}

void following_pages::answered(std::uint64_t sequence, const reply& answer) {
  if (answer.is_interim())
    return;
  const auto found =
      std::find_if(asked_.begin(), asked_.end(), [sequence](const auto& each) {
        return each.sequence == sequence;
      });
  if (found == asked_.end())
    return;
  auto list = std::move(found->list);
  asked_.erase(found);
  if (auto route = route_of_next_page(list.route, answer)) {
    list.message.head.route = std::move(*route);
    due_.push_back(std::move(list));
  }
}

client_message following_pages::next(std::uint64_t sequence) {
  asked_.push_back({sequence, std::move(due_.front())});
  due_.pop_front();
  return asked_.back().list.message;
}

} // namespace stagedoor
