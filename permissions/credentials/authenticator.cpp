#include "stagedoor/permissions/credentials/authenticator.hpp"

#include <utility>

namespace stagedoor {

namespace {

class refuses_everyone : public authenticator {
public:
  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view) const override {
    return std::nullopt;
  }
};

class any_of : public authenticator {
public:
  explicit any_of(std::vector<authenticator_ptr> parts)
      : parts_(std::move(parts)) {}

  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override {
    for (const auto& part : parts_)
      if (auto found = part->authenticate(token))
        return found;
    return std::nullopt;
  }

private:
  std::vector<authenticator_ptr> parts_;
};

} // namespace

authenticator::~authenticator() = default;

authenticator_ptr no_users() {
  return std::make_shared<refuses_everyone>();
}

authenticator_ptr any_of_authenticators(std::vector<authenticator_ptr> parts) {
  return std::make_shared<any_of>(std::move(parts));
}

} // namespace stagedoor
