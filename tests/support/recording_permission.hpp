#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor::test {

/// What permissions were asked, in order.
using notes = std::shared_ptr<std::vector<std::string>>;

/// A permission that notes each question and gives always the same answer.
class recording_permission {
public:
  recording_permission(notes into, std::string name, decision answer = allow())
      : notes_(std::move(into)), name_(std::move(name)),
        answer_(std::move(answer)) {}

  [[nodiscard]] std::string name() const { return name_; }

  [[nodiscard]] decision has_permission(const scope&, std::string_view action,
                                        const request&) const {
    notes_->push_back(name_ + ": " + std::string{action});
    return answer_;
  }

private:
  notes notes_;
  std::string name_;
  decision answer_;
};

} // namespace stagedoor::test
