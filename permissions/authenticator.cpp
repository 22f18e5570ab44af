#include "stagedoor/permissions/authenticator.hpp"

namespace stagedoor {

namespace {

class refuses_everyone : public authenticator {
public:
  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view) const override {
    return std::nullopt;
  }
};

} // namespace

authenticator::~authenticator() = default;

authenticator_ptr no_users() {
  return std::make_shared<refuses_everyone>();
}

} // namespace stagedoor
