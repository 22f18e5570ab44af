#include "stagedoor/permissions/combined_permission.hpp"

#include "stagedoor/permissions/evaluation.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace stagedoor {

combined_permission::combined_permission(std::vector<permission> parts,
                                         binding strength)
    : parts_(std::move(parts)), strength_(strength) {}

bool combined_permission::overrides(question asked) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const auto& part) { return part->overrides(asked); });
}

decision combined_permission::can_connect(const scope& scope) const {
  return evaluation::ask_at_once(*this, question::can_connect, scope, "connect",
                                 {});
}

decision combined_permission::has_permission(const scope& scope,
                                             std::string_view action,
                                             const request& request) const {
  return evaluation::ask_at_once(*this, question::has_permission, scope, action,
                                 request);
}

decision combined_permission::has_object_permission(
    const scope& scope, std::string_view action, const request& request,
    const json::value& object) const {
  return evaluation::ask_at_once(*this, question::has_object_permission, scope,
                                 action, request, &object);
}

void combined_permission::explain_parts(question asked, evaluation& in,
                                        std::vector<explanation>& out) const {
  for (const auto& part : parts_)
    out.push_back(in.explain(*part, asked));
}

void combined_permission::collect_leaves(
    std::vector<const permission_base*>& out) const {
  for (const auto& part : parts_)
    part->collect_leaves(out);
}

std::string combined_permission::part_name(std::size_t index) const {
  const auto* inner = dynamic_cast<const combined_permission*>(&part(index));
  auto name = part(index).name();
  return inner != nullptr && inner->strength_ < strength_ ? '(' + name + ')'
                                                          : name;
}

namespace {

class both final : public combined_permission {
public:
  both(const permission& left, const permission& right)
      : combined_permission({left, right}, binding::both) {}

  [[nodiscard]] std::string name() const override {
    return part_name(0) + " & " + part_name(1);
  }

  [[nodiscard]] bool allows_all_of(const scope& scope) const override {
    return part(0).allows_all_of(scope) && part(1).allows_all_of(scope);
  }

  [[nodiscard]] const decision* answer(question asked,
                                       evaluation& in) const override {
    const auto* left = in.answer_of(part(0), asked);
    if (!left || !left->is_allowed())
      return left;
    return in.answer_of(part(1), asked);
  }
};

class either final : public combined_permission {
public:
  either(const permission& left, const permission& right)
      : combined_permission({left, right}, binding::either) {}

  [[nodiscard]] std::string name() const override {
    return part_name(0) + " | " + part_name(1);
  }

  /// The right one is asked only if the left one does not allow.
  [[nodiscard]] bool allows_all_of(const scope& scope) const override {
    return part(0).allows_all_of(scope);
  }

  [[nodiscard]] const decision* answer(question asked,
                                       evaluation& in) const override {
    const auto* left = branch(0, asked, in);
    if (!left || left->is_allowed())
      return left;
    const auto* right = branch(1, asked, in);
    if (!right || right->is_allowed())
      return right;
    return left->answer != decision::verdict::error
                   && right->answer == decision::verdict::error
               ? right
               : left;
  }

  void explain_parts(question asked, evaluation& in,
                     std::vector<explanation>& out) const override {
    if (asked == question::has_object_permission)
      combined_permission::explain_parts(question::has_permission, in, out);
    combined_permission::explain_parts(asked, in, out);
  }

private:
  /// One side: for an object it has to allow the request as well.
  [[nodiscard]] const decision* branch(std::size_t side, question asked,
                                       evaluation& in) const {
    if (asked == question::has_object_permission) {
      const auto* request = in.answer_of(part(side), question::has_permission);
      if (!request || !request->is_allowed())
        return request;
    }
    return in.answer_of(part(side), asked);
  }
};

class negation final : public combined_permission {
public:
  explicit negation(const permission& denied)
      : combined_permission({denied}, binding::negation) {}

  [[nodiscard]] std::string name() const override { return '!' + part_name(0); }

  [[nodiscard]] const decision* answer(question asked,
                                       evaluation& in) const override {
    static const decision denied = deny();
    const auto* inner = in.answer_of(part(0), asked);
    if (!inner || inner->answer == decision::verdict::error)
      return inner;
    return inner->is_allowed() ? &denied : &plain_allow();
  }
};

template <class Combined, class... Parts>
permission combine(const Parts&... parts) {
  return permission(std::make_shared<const Combined>(parts...));
}

} // namespace

permission operator&(const permission& left, const permission& right) {
  return combine<both>(left, right);
}

permission operator|(const permission& left, const permission& right) {
  return combine<either>(left, right);
}

permission operator!(const permission& denied) {
  return combine<negation>(denied);
}

} // namespace stagedoor
