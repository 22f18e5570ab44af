#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor::test {

/// Many clients that only listen, watched by one thread.
/// @tparam Member has `socket()`, `hear()`, which takes what has come,
///         `heard()`, how many messages it has heard, and `fault()`, what was
///         wrong with them.
template <class Member>
class crowd {
public:
  template <class... Ts>
  Member& add(Ts&&... xs) {
    auto& added = *members_.emplace_back(
        std::make_unique<Member>(std::forward<Ts>(xs)...));
    watched_.push_back({added.socket(), POLLIN, 0});
    return added;
  }

  /// Waits until some of them hear something.
  /// @returns false if nothing comes, or something that is wrong.
  bool listen(std::chrono::milliseconds patience) {
    if (::poll(watched_.data(), watched_.size(),
               static_cast<int>(patience.count()))
        <= 0)
      return false;
    for (std::size_t i = 0; i < members_.size(); ++i)
      if (watched_[i].revents != 0) {
        members_[i]->hear();
        if (!members_[i]->fault().empty())
          return false;
      }
    return true;
  }

  template <class F>
  void for_each(F f) {
    for (auto& member : members_)
      f(*member);
  }

  /// How many messages all have heard together.
  [[nodiscard]] std::size_t heard() const {
    std::size_t result = 0;
    for (const auto& member : members_)
      result += member->heard();
    return result;
  }

  /// How many have heard so many messages each, and nothing else.
  [[nodiscard]] std::ptrdiff_t count_of(std::size_t heard) const {
    return std::count_if(
        members_.begin(), members_.end(), [&](const auto& member) {
          return member->heard() == heard && member->fault().empty();
        });
  }

  /// What was wrong with one of them; empty if nothing was.
  [[nodiscard]] std::string fault() const {
    for (const auto& member : members_)
      if (!member->fault().empty())
        return member->fault();
    return {};
  }

private:
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<pollfd> watched_;
};

} // namespace stagedoor::test
