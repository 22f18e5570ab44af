#pragma once

#include "stagedoor/permissions/decision_cache.hpp"
#include "stagedoor/permissions/explanation.hpp"
#include "stagedoor/permissions/permission_list.hpp"

#include <boost/container/small_vector.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The subject of a question to a permission. It only refers to its parts.
struct subject_matter {
  const stagedoor::scope& scope;
  std::string_view action;
  const stagedoor::request& request;
  /// Null except for has_object_permission.
  const json::value* object = nullptr;
};

/// Asks one permission one question. An exception becomes an error.
/// Thread rule: any thread.
decision ask_permission(const permission_base& rule, question asked,
                        const subject_matter& about) noexcept;

/// One message, or one opening request, on its way through the permissions that
/// guard it. It remembers each answer, so that no permission is asked the same
/// question twice when the evaluation is resumed or when the question for the
/// object follows.
///
/// An evaluation never waits. If it needs the answer of a permission that runs
/// on a worker thread or in an actor, it stops, and its owner resumes it with
/// the answer. So one algebra without actors serves all kinds of permissions.
/// Thread rule: one owner at a time.
class evaluation {
public:
  using clock = decision_cache::clock;

  /// The answer that the evaluation has stopped for.
  struct awaited_answer {
    const permission_base* rule = nullptr;
    question asked = question::has_permission;
  };

  /// @param guard the permissions in the order in which they are asked; all
  ///        must allow.
  /// @param about the message. For can_connect it has the scope and the action
  ///        `connect`.
  evaluation(std::shared_ptr<const permission_list> guard,
             stagedoor::request about);

  /// Sets the object of has_object_permission.
  void set_object(std::shared_ptr<const json::value> object) {
    object_ = std::move(object);
  }

  /// Asks as many permissions as possible without waiting.
  /// @param now the time at which cached answers have to hold.
  /// @returns the decision, which the evaluation keeps; null if it has stopped,
  ///          see `awaited`.
  const decision* ask(question asked, clock::time_point now) noexcept;

  [[nodiscard]] const awaited_answer& awaited() const { return awaited_; }

  /// Asks the permission that the evaluation has stopped for on the calling
  /// thread, even if it blocks. Call `ask` again behind it.
  /// @returns false if an actor answers for that permission.
  bool resume_here();

  /// Takes the answer that the evaluation has stopped for. Call `ask` again
  /// behind it.
  void resume(decision answer, clock::time_point now);

  /// Returns the known answers of all permissions of the list to a question.
  /// Asks no permission.
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

  /// Sets whether the connection's cached decisions may be used. Only its own
  /// unit may use them, and by default they are not used.
  void use_cache(bool yes) { is_caching_ = yes; }

  /// Returns the decision for the case that the awaited answer is late.
  [[nodiscard]] decision late() const;

  // -- for permissions --------------------------------------------------------

  /// Returns the answer of `part`, which is allow if it does not override the
  /// question; null while an answer is awaited.
  const decision* answer_of(const permission_base& part, question asked);

  /// Returns the answer of a permission without parts: from memory, from the
  /// cache, or by asking it.
  const decision* ask_leaf(const permission_base& leaf, question asked);

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

    [[nodiscard]] const decision* told() const {
      return answer ? answer.get() : &plain_allow();
    }
  };

  evaluation(const scope& scope, std::string_view action,
             stagedoor::request about);

  [[nodiscard]] subject_matter subject() const {
    return {*scope_, action_, about_, object_.get()};
  }
  const decision* ask_list(question asked);
  const decision* fail(std::string_view cause);
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
  /// What a permission threw that is no answer of one.
  std::unique_ptr<const decision> failure_;
  awaited_answer awaited_;
  clock::time_point now_;
  /// False while it only looks at what it remembers.
  bool is_asking_ = true;
  bool is_caching_ = false;
};

} // namespace stagedoor
