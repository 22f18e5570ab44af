#include "stagedoor/permissions/credentials/authenticator.hpp"

#include <string>
#include <utility>

namespace stagedoor {

namespace {

class refuses_everyone : public authenticator {
public:
  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view) const override {
    return std::nullopt;
  }

  [[nodiscard]] std::optional<identity>
  examine(std::string_view, std::string& why) const override {
    why = "the server knows no tokens";
    return std::nullopt;
  }
};

class any_of : public authenticator {
public:
  explicit any_of(std::vector<authenticator_ptr> parts)
      : parts_(std::move(parts)) {}

  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override {
    std::string ignored;
    return examine(token, ignored);
  }

  [[nodiscard]] std::optional<identity>
  examine(std::string_view token, std::string& why) const override {
    std::string all;
    for (const auto& part : parts_) {
      std::string one;
      if (auto found = part->examine(token, one))
        return found;
      if (!one.empty())
        all.append(all.empty() ? "" : "; ").append(one);
    }
    why = std::move(all);
    return std::nullopt;
  }

private:
  std::vector<authenticator_ptr> parts_;
};

} // namespace

authenticator::~authenticator() = default;

std::optional<identity> authenticator::examine(std::string_view token,
                                               std::string&) const {
  return authenticate(token);
}

authenticator_ptr no_users() {
  return std::make_shared<refuses_everyone>();
}

authenticator_ptr any_of_authenticators(std::vector<authenticator_ptr> parts) {
  return std::make_shared<any_of>(std::move(parts));
}

} // namespace stagedoor
