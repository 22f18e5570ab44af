#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/custom_permission.hpp"
#include "stagedoor/permissions/evaluation.hpp"
#include "stagedoor/protocol/assert.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <utility>

// One question to the permissions that guard a route, without the actors that
// carry it: what a permission worker does with it.

namespace {

using namespace stagedoor;
using list_ptr = std::shared_ptr<const permission_list>;

request sample_request() {
  auto scope = std::make_shared<stagedoor::scope>();
  scope->user.id = 1;
  scope->user.username = "alice";
  scope->user.roles = {"editor"};
  request_data data;
  data.scope = std::move(scope);
  data.message.head = {"your_custom_action", "open/42/", std::nullopt};
  return request{std::move(data)};
}

permission computing() {
  return custom_permission(
      "Computing", [](const request& about) { return !about.route().empty(); });
}

void ask(benchmark::State& state, const list_ptr& list) {
  auto about = sample_request();
  const auto now = evaluation::clock::now();
  for (auto _ : state) {
    // A new one for each message: it remembers what has been answered.
    auto asked = std::make_shared<evaluation>(list, about);
    auto answer = asked->ask(question::has_permission, now);
    STAGEDOOR_ASSERT(answer && answer->is_allowed());
    benchmark::DoNotOptimize(answer);
  }
}

list_ptr list_of(std::initializer_list<permission> permissions) {
  return std::make_shared<permission_list>(permissions);
}

void ask_allow_any(benchmark::State& state) {
  ask(state, list_of({allow_any()}));
}
BENCHMARK(ask_allow_any);

void ask_is_authenticated(benchmark::State& state) {
  ask(state, list_of({is_authenticated()}));
}
BENCHMARK(ask_is_authenticated);

void ask_list(benchmark::State& state) {
  permission_list list;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    list.append(computing());
  ask(state, std::make_shared<permission_list>(std::move(list)));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(ask_list)->Arg(1)->Arg(4)->Arg(16)->Complexity(benchmark::oN);

/// As in the README: the last part decides.
void ask_compound(benchmark::State& state) {
  ask(state,
      list_of({is_authenticated()
               & (is_admin_user() | !has_role("editor") | computing())}));
}
BENCHMARK(ask_compound);

} // namespace
