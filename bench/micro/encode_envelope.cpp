#include "stagedoor/protocol/envelope.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

// A reply into the text of its envelope.

namespace {

using namespace stagedoor;

message_head head() {
  return {"your_custom_action", "open/42/", std::nullopt};
}

void encode(benchmark::State& state, const message_head& head,
            const reply& answer) {
  std::string text;
  for (auto _ : state) {
    text.clear();
    benchmark::DoNotOptimize(append_envelope(text, head, answer));
    benchmark::DoNotOptimize(text.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size())
                          * state.iterations());
}

/// A list of so many rows.
json::value rows(int count) {
  json::array result;
  for (int i = 0; i < count; ++i)
    result.push_back({{"id", i}, {"title", "Curtain up"}, {"author_id", 1}});
  return result;
}

BENCHMARK_CAPTURE(encode, yardstick, head(),
                  ok({{"message", "your_custom_action will be handled"},
                      {"model_id", "42"}}));
BENCHMARK_CAPTURE(encode, error, head(), not_found());
BENCHMARK_CAPTURE(encode, list_of_10, head(), ok(rows(10)));
BENCHMARK_CAPTURE(encode, list_of_1000, head(), ok(rows(1000)));

} // namespace
