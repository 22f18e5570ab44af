#pragma once

#include "stagedoor/permissions/decision_cache.hpp"
#include "stagedoor/permissions/explanation.hpp"
#include "stagedoor/permissions/permission_list.hpp"

#include <boost/container/small_vector.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace stagedoor {

/// What a permission is asked about. It refers to what it is made of.
struct subject_matter {
  const stagedoor::scope& scope;
  std::string_view action;
  const stagedoor::request& request;
  /// For has_object_permission only.
  const json::value* object = nullptr;
};

/// Asks one permission one question; what it throws becomes an error.
/// Thread rule: any thread.
decision ask_permission(const permission_base& rule, question asked,
                        const subject_matter& about) noexcept;

/// One message, or one opening request, on its way through the permissions that
/// guard it. It remembers each answer of each permission, so that none is asked
/// the same twice: not by the question for the object after that for the
/// request, and not when the evaluation is resumed.
///
/// It never waits: where it needs the answer of a permission that is not asked
/// right here, it stops, and is resumed with the answer. So one algebra,
/// without actors, serves permissions that compute, that block, and that are
/// actors. Thread rule: one owner at a time.
class evaluation {
public:
  using clock = decision_cache::clock;

  /// The answer that it stopped for.
  struct awaited_answer {
    const permission_base* rule = nullptr;
    question asked = question::has_permission;
  };

  /// @param guard asked in order, all must allow.
  /// @param about for can_connect it holds the scope and the action `connect`.
  evaluation(std::shared_ptr<const permission_list> guard,
             stagedoor::request about);

  /// Sets what has_object_permission is asked about.
  void set_object(std::shared_ptr<const json::value> object) {
    object_ = std::move(object);
  }

  /// Asks as far as it can.
  /// @param now when cached answers have to hold.
  /// @returns the decision, or nothing if it stopped: see `awaited`.
  std::optional<decision> ask(question asked, clock::time_point now) noexcept;

  [[nodiscard]] const awaited_answer& awaited() const { return awaited_; }

  /// Asks the permission that it stopped for, right here, even if it blocks;
  /// `ask` again.
  /// @returns false if that one has to be asked of an actor.
  bool resume_here();

  /// The answer that it stopped for; `ask` again.
  void resume(decision answer, clock::time_point now);

  /// What each permission of the list has answered to a question, as far as it
  /// is known. Asks nothing.
  [[nodiscard]] std::vector<explanation> explain(question asked);

  /// The same for one permission.
  [[nodiscard]] explanation explain(const permission_base& part,
                                    question asked);

  [[nodiscard]] const stagedoor::request& about() const { return about_; }
  [[nodiscard]] const std::shared_ptr<const permission_list>& guard() const {
    return guard_;
  }
  [[nodiscard]] const std::shared_ptr<const json::value>& object() const {
    return object_;
  }

  /// Whether the connection's cached decisions serve: on its unit only, which
  /// they belong to. At first they do not.
  void use_cache(bool yes) { is_caching_ = yes; }

  /// What it comes to if the awaited answer does not come in time.
  [[nodiscard]] decision late() const;

  // -- for permissions --------------------------------------------------------

  /// The answer of `part`: allow if it does not override the question. Nothing
  /// while an answer is awaited.
  std::optional<decision> answer_of(const permission_base& part,
                                    question asked);

  /// The same for a permission that has no parts: from memory, from the cache,
  /// or by asking it.
  std::optional<decision> ask_leaf(const permission_base& leaf, question asked);

  /// Answers a question to a permission with parts in one go.
  static decision ask_at_once(const permission_base& rule, question asked,
                              const scope& scope, std::string_view action,
                              const stagedoor::request& request,
                              const json::value* object = nullptr) noexcept;

private:
  struct remembered {
    const permission_base* leaf;
    question asked;
    /// Null for an allow that says nothing more, as most do.
    std::unique_ptr<const decision> answer;

    [[nodiscard]] std::optional<decision> told() const {
      if (answer)
        return *answer;
      return allow();
    }
  };

  evaluation(const scope& scope, std::string_view action,
             stagedoor::request about);

  [[nodiscard]] subject_matter subject() const {
    return {*scope_, action_, about_, object_.get()};
  }
  std::optional<decision> ask_list(question asked);
  /// Takes the awaited answer.
  void keep(const decision& answer, clock::time_point now);
  void remember(const permission_base& leaf, question asked,
                const decision& answer);
  [[nodiscard]] bool is_cacheable(const permission_base& leaf,
                                  question asked) const;

  std::shared_ptr<const permission_list> guard_;
  stagedoor::request about_;
  const scope* scope_;
  std::string_view action_;
  std::shared_ptr<const json::value> object_;
  boost::container::small_vector<remembered, 2> memory_;
  awaited_answer awaited_;
  clock::time_point now_;
  /// False while it only looks at what it remembers.
  bool is_asking_ = true;
  bool is_caching_ = false;
};

} // namespace stagedoor
