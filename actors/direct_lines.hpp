#pragma once

#include "stagedoor/actors/answer_promise.hpp"
#include "stagedoor/actors/interfaces.hpp"

#include <type_traits>

namespace stagedoor {

// What a role answers without a message, when an actor of its unit asks it: see
// `pinned::ask`. Each member function is the row of the role's interface with
// the same parts. The question may be moved from.

/// Of an actor that answers messages only.
class no_line {};

class router_line {
public:
  virtual void answer(request_draft& message,
                      answer_promise<reply> promise) = 0;

protected:
  ~router_line() = default;
};

class handler_line {
public:
  virtual void answer(request& message, answer_promise<reply> promise) = 0;
  virtual void answer(unmatched_atom, request& message,
                      answer_promise<reply> promise) = 0;
  virtual void answer(run_atom, permitted_request& permitted,
                      answer_promise<reply> promise) = 0;

protected:
  ~handler_line() = default;
};

class runner_line {
public:
  virtual void answer(const request& message,
                      answer_promise<reply> promise) = 0;
  virtual void answer(const request& message, const loaded_object& object,
                      answer_promise<reply> promise) = 0;
  virtual void answer(prepare_atom, const request& message, bool as_json,
                      answer_promise<preparation> promise) = 0;

protected:
  ~runner_line() = default;
};

/// Of the permission pool, and of its workers.
class permission_line {
public:
  virtual void answer(permission_check& check,
                      answer_promise<decision> promise) = 0;

protected:
  ~permission_line() = default;
};

class query_line {
public:
  virtual void answer(far_query& query, answer_promise<decision> promise) = 0;

protected:
  ~query_line() = default;
};

class request_line {
public:
  virtual void answer(far_request& message, answer_promise<reply> promise) = 0;

protected:
  ~request_line() = default;
};

/// The line of the role with this handle.
template <class Handle>
struct line_of : std::type_identity<no_line> {};
template <>
struct line_of<router_actor> : std::type_identity<router_line> {};
template <>
struct line_of<handler_actor> : std::type_identity<handler_line> {};
template <>
struct line_of<runner_actor> : std::type_identity<runner_line> {};
template <>
struct line_of<permission_pool_actor> : std::type_identity<permission_line> {};
template <>
struct line_of<permission_worker_actor> : std::type_identity<permission_line> {
};
template <>
struct line_of<query_sender_actor> : std::type_identity<query_line> {};
template <>
struct line_of<request_sender_actor> : std::type_identity<request_line> {};

} // namespace stagedoor
