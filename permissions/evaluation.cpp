#include "stagedoor/permissions/evaluation.hpp"

#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/utf8.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

/// Turns what a permission threw into an error. Its name may throw as well, or
/// memory be short: then the error has no text, but it still denies.
decision error_of(const permission_base& thrower,
                  std::string_view cause) noexcept {
  try {
    return decision_error(thrower.name().append(": ").append(cause));
  } catch (...) {
    return {decision::verdict::error, 500, {}, {}, {}};
  }
}

decision ask_unguarded(const permission_base& rule, question asked,
                       const subject_matter& about) {
  switch (asked) {
  case question::can_connect:
    return rule.can_connect(about.scope);
  case question::has_permission:
    return rule.has_permission(about.scope, about.action, about.request);
  case question::has_object_permission:
    if (about.object == nullptr)
      return decision_error(rule.name() + ": is asked about no object");
    return rule.has_object_permission(about.scope, about.action, about.request,
                                      *about.object);
  }
  return decision_error("no such question");
}

/// Says why a client cannot be answered with a denial; empty if it can.
std::string flaw_of(const decision& denial) {
  if (denial.status != 0 && (denial.status < 400 || denial.status > 599))
    return "denies with the status " + std::to_string(denial.status);
  if (!is_utf8(denial.message) || !is_utf8(denial.code))
    return "denies with a text that is not UTF-8";
  return {};
}

explanation::outcome outcome_of(const decision& answer) {
  switch (answer.answer) {
  case decision::verdict::allow:
    return explanation::outcome::allow;
  case decision::verdict::deny:
    return explanation::outcome::deny;
  case decision::verdict::error:
    break;
  }
  return explanation::outcome::error;
}

} // namespace

decision ask_permission(const permission_base& rule, question asked,
                        const subject_matter& about) noexcept {
  try {
    return ask_unguarded(rule, asked, about);
  } catch (const std::exception& thrown) {
    return error_of(rule, thrown.what());
  } catch (...) {
    return error_of(rule, "threw what is no std::exception");
  }
}

evaluation::evaluation(std::shared_ptr<const permission_list> guard,
                       stagedoor::request about)
    : guard_(std::move(guard)), about_(std::move(about)),
      scope_(&about_.scope()), action_(about_.action()) {}

evaluation::evaluation(const scope& scope, std::string_view action,
                       stagedoor::request about)
    : about_(std::move(about)), scope_(&scope), action_(action) {}

const decision* evaluation::ask(question asked,
                                clock::time_point now) noexcept {
  now_ = now;
  try {
    return ask_list(asked);
  } catch (const std::exception& thrown) {
    return fail(thrown.what());
  } catch (...) {
    return fail({});
  }
}

const decision* evaluation::fail(std::string_view cause) {
  failure_ =
      std::make_unique<const decision>(decision_error(std::string{cause}));
  return failure_.get();
}

const decision* evaluation::ask_list(question asked) {
  for (const permission& next : *guard_) {
    const auto* answer = answer_of(*next, asked);
    if (!answer || !answer->is_allowed())
      return answer;
  }
  return &plain_allow();
}

const decision* evaluation::answer_of(const permission_base& part,
                                      question asked) {
  if (!part.overrides(asked))
    return &plain_allow();
  return part.answer(asked, *this);
}

const decision* evaluation::ask_leaf(const permission_base& leaf,
                                     question asked) {
  for (const auto& known : memory_)
    if (known.leaf == &leaf && known.asked == asked)
      return known.told();
  if (!is_asking_)
    return nullptr;
  if (is_cacheable(leaf, asked))
    if (const auto* cached =
            about_.data().decisions->find(leaf, about_, now_)) {
      remember(leaf, asked, *cached);
      return memory_.back().told();
    }
  awaited_ = {&leaf, asked};
  if (leaf.answered_by() != answerer::unit)
    return nullptr;
  keep(ask_permission(leaf, asked, subject()), now_);
  return memory_.back().told();
}

bool evaluation::resume_here() {
  const auto [leaf, asked] = awaited_;
  STAGEDOOR_ASSERT(leaf != nullptr);
  if (leaf->answered_by() == answerer::actor)
    return false;
  resume(ask_permission(*leaf, asked, subject()), now_);
  return true;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the public interface.
void evaluation::resume(decision answer, clock::time_point now) {
  keep(answer, now);
}

void evaluation::keep(const decision& answer, clock::time_point now) {
  const auto [leaf, asked] = std::exchange(awaited_, {});
  STAGEDOOR_ASSERT(leaf != nullptr);
  if (answer.answer == decision::verdict::deny)
    if (auto flaw = flaw_of(answer); !flaw.empty()) {
      remember(*leaf, asked, error_of(*leaf, flaw));
      return;
    }
  if (is_cacheable(*leaf, asked) && answer.answer != decision::verdict::error)
    about_.data().decisions->store(*leaf, about_, answer, now);
  remember(*leaf, asked, answer);
}

void evaluation::remember(const permission_base& leaf, question asked,
                          const decision& answer) {
  memory_.push_back({&leaf, asked,
                     answer.is_plain_allow()
                         ? nullptr
                         : std::make_unique<const decision>(answer)});
}

bool evaluation::is_cacheable(const permission_base& leaf,
                              question asked) const {
  return is_caching_ && asked == question::has_permission
         && about_.data().decisions != nullptr && leaf.cached_for().count() > 0;
}

decision evaluation::late() const {
  return decision_error(
      (awaited_.rule != nullptr ? awaited_.rule->name() : "a permission")
          + ": is late",
      504);
}

// -- explaining ---------------------------------------------------------------

explanation evaluation::explain(const permission_base& part, question asked) {
  using outcome = explanation::outcome;
  auto was_asking = std::exchange(is_asking_, false);
  explanation result;
  result.permission = part.name();
  result.asked = asked;
  if (!part.overrides(asked)) {
    result.answer = outcome::not_overridden;
  } else if (const auto* answer = part.answer(asked, *this)) {
    result.answer = outcome_of(*answer);
    result.status = answer->status;
    result.why = !answer->reason.empty() ? answer->reason : answer->message;
  } else if (awaited_.rule == &part && awaited_.asked == asked) {
    result.answer = outcome::awaited;
  }
  if (result.why.empty())
    result.why = part.description();
  part.explain_parts(asked, *this, result.parts);
  is_asking_ = was_asking;
  return result;
}

std::vector<explanation> evaluation::explain(question asked) {
  std::vector<explanation> result;
  for (const permission& next : *guard_)
    result.push_back(explain(*next, asked));
  return result;
}

// -- asking in one go ---------------------------------------------------------

decision evaluation::ask_at_once(const permission_base& rule, question asked,
                                 const scope& scope, std::string_view action,
                                 const stagedoor::request& request,
                                 const json::value* object) noexcept {
  try {
    evaluation in{scope, action, request};
    if (object != nullptr)
      // Borrowed: it outlives this call, and so `in`.
      in.set_object({std::shared_ptr<void>{}, object});
    while (true) {
      if (const auto* answer = in.answer_of(rule, asked))
        return *answer;
      if (!in.resume_here())
        in.resume(decision_error(in.awaited().rule->name()
                                 + ": is asked of an actor"),
                  {});
    }
  } catch (const std::exception& thrown) {
    return error_of(rule, thrown.what());
  } catch (...) {
    return error_of(rule, "threw what is no std::exception");
  }
}

} // namespace stagedoor
