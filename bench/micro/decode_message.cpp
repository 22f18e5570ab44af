#include "stagedoor/protocol/client_message.hpp"

#include <benchmark/benchmark.h>

#include <string>

// The text of a message into its head and its arguments.

namespace {

using namespace stagedoor;

void decode(benchmark::State& state, const std::string& text) {
  const limits bounds;
  for (auto _ : state)
    benchmark::DoNotOptimize(decode_message(text, frame_type::text, bounds));
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size())
                          * state.iterations());
}

/// An action with so many arguments.
std::string message_with(int arguments) {
  std::string result = R"({"route":"open/42/","action":"create","data":{)";
  for (int i = 0; i < arguments; ++i) {
    if (i > 0)
      result += ',';
    result += R"("field)" + std::to_string(i) + R"(":"a value of some length")";
  }
  return result + "}}";
}

BENCHMARK_CAPTURE(decode, yardstick,
                  R"({"route":"open/42/","action":"your_custom_action"})");
BENCHMARK_CAPTURE(
    decode, with_request_id,
    R"({"route":"open/42/","action":"your_custom_action","request_id":7})");
BENCHMARK_CAPTURE(decode, with_10_fields, message_with(10));
BENCHMARK_CAPTURE(decode, with_100_fields, message_with(100));
BENCHMARK_CAPTURE(decode, malformed, R"({"route":"open/42/","action")");

} // namespace
