#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/path_pattern.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

// A route into the handler that it leads to: patterns are tried one after the
// other, so the last one of many costs most but for none.

namespace {

using namespace stagedoor;

void match_one_pattern(benchmark::State& state) {
  auto pattern = path_pattern::compile(R"(open/(?P<pk>[-\w]+)/$)");
  STAGEDOOR_ASSERT(pattern);
  for (auto _ : state) {
    fields captures;
    benchmark::DoNotOptimize(pattern->match_prefix("open/42/", captures));
  }
}
BENCHMARK(match_one_pattern);

/// An endpoint with the routes `route0/<pk>/`, `route1/<pk>/`, ….
route_tree_ptr tree_of(std::int64_t routes) {
  endpoint result{"/ws/"};
  for (std::int64_t i = 0; i < routes; ++i) {
    auto name = "route" + std::to_string(i);
    result.route(name + R"(/(?P<pk>[-\w]+)/$)", handler(name));
  }
  auto compiled = route_tree::compile(result);
  STAGEDOOR_ASSERT(compiled);
  return *compiled;
}

void match(benchmark::State& state, const std::string& route, bool found) {
  auto tree = tree_of(state.range(0));
  for (auto _ : state) {
    fields captures;
    const auto* node = tree->match(route, captures);
    STAGEDOOR_ASSERT((node != nullptr) == found);
    benchmark::DoNotOptimize(node);
  }
  state.SetComplexityN(state.range(0));
}

void match_first_route(benchmark::State& state) {
  match(state, "route0/42/", true);
}
BENCHMARK(match_first_route)->Arg(1)->Arg(100)->Arg(1000);

void match_last_route(benchmark::State& state) {
  match(state, "route" + std::to_string(state.range(0) - 1) + "/42/", true);
}
BENCHMARK(match_last_route)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Complexity(benchmark::oN);

void match_no_route(benchmark::State& state) {
  match(state, "nowhere/42/", false);
}
BENCHMARK(match_no_route)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Complexity(benchmark::oN);

} // namespace
