#include "stagedoor/actors/groups/group_history.hpp"

namespace stagedoor {

void group_history::add(std::string_view text, time_point now) {
  if (blocks_.empty() || blocks_.back().texts.size() >= block_bytes
      || now - blocks_.back().begin > block_time) {
    blocks_.emplace_back();
    blocks_.back().begin = now;
  }
  auto& newest = blocks_.back();
  newest.texts.append(text);
  newest.ends.push_back(static_cast<std::uint32_t>(newest.texts.size()));
  const auto age =
      std::chrono::duration_cast<std::chrono::milliseconds>(now - newest.begin);
  newest.ages.push_back(static_cast<std::uint32_t>(age.count()));
  ++last_;
  bytes_ += text.size();
  last_added_ = now;
  while (last_ - first_ + 1 > bounds_.events || bytes_ > bounds_.bytes)
    drop_oldest();
  drop_old(now);
}

void group_history::drop_old(time_point now) {
  while (!blocks_.empty()
         && now - blocks_.front().added(blocks_.front().dropped) > bounds_.age)
    drop_oldest();
}

void group_history::drop_block() {
  for (const auto blocks = blocks_.size();
       !blocks_.empty() && blocks_.size() == blocks;)
    drop_oldest();
}

void group_history::drop_oldest() {
  auto& oldest = blocks_.front();
  bytes_ -= oldest.size(oldest.dropped);
  ++first_;
  if (++oldest.dropped == oldest.ends.size())
    blocks_.pop_front();
}

std::vector<std::string> group_history::read(std::uint64_t after,
                                             std::size_t bytes_max) const {
  std::vector<std::string> result;
  auto skipped = after + 1 - first_;
  std::size_t bytes = 0;
  for (const auto& each : blocks_) {
    const auto kept = each.ends.size() - each.dropped;
    if (skipped >= kept) {
      skipped -= kept;
      continue;
    }
    for (auto place = each.dropped + static_cast<std::size_t>(skipped);
         place < each.ends.size(); ++place) {
      if (!result.empty() && bytes >= bytes_max)
        return result;
      result.push_back(each.texts.substr(each.start(place), each.size(place)));
      bytes += each.size(place);
    }
    skipped = 0;
  }
  return result;
}

} // namespace stagedoor
