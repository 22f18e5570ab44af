#include "load/report.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cstdio>
#include <utility>

namespace stagedoor::load {

namespace {

namespace json = boost::json;

constexpr std::array<std::pair<const char*, double>, 6> percentiles{{
    {"p50", 50},
    {"p75", 75},
    {"p90", 90},
    {"p95", 95},
    {"p99", 99},
    {"p99_9", 99.9},
}};

json::object latency_json(const latency_histogram& from) {
  json::object result;
  result["min"] = from.min_us();
  result["mean"] = from.mean_us();
  for (const auto& [name, percent] : percentiles)
    result[name] = from.percentile_us(percent);
  result["max"] = from.max_us();
  return result;
}

json::value usage_json(const std::optional<usage_span>& from) {
  if (!from)
    return nullptr;
  return {{"cpu_seconds", from->cpu().count()},
          {"kernel_seconds", from->kernel().count()},
          {"rss_begin_bytes", from->begin.rss_bytes},
          {"rss_end_bytes", from->end.rss_bytes}};
}

double per_second(const report& from) {
  return from.seconds.count() > 0
             ? static_cast<double>(from.counted.messages) / from.seconds.count()
             : 0;
}

std::string format(const char* pattern, auto... values) {
  std::array<char, 200> line{};
  auto size = std::snprintf(line.data(), line.size(), pattern, values...);
  return {line.data(), static_cast<std::size_t>(size)};
}

std::string usage_text(const char* who, const usage_span& used,
                       double seconds) {
  constexpr double percent = 100;
  constexpr double bytes_per_mebibyte = 1U << 20U;
  auto cpu = used.cpu().count();
  return format("%s: %.2f s CPU (%.0f %%), %.1f MiB before, %.1f MiB after\n",
                who, cpu, seconds > 0 ? percent * cpu / seconds : 0.0,
                static_cast<double>(used.begin.rss_bytes) / bytes_per_mebibyte,
                static_cast<double>(used.end.rss_bytes) / bytes_per_mebibyte);
}

} // namespace

std::string to_json(const report& from, const options& opts) {
  const auto& counted = from.counted;
  json::object result;
  result["mode"] = name_of(opts.mode);
  json::array urls;
  for (const auto& target : opts.targets)
    urls.emplace_back(target.url);
  result["urls"] = std::move(urls);
  result["connections"] = opts.connections;
  result["in_flight"] = opts.in_flight;
  result["rate"] = opts.rate;
  result["threads"] = opts.threads;
  result["seconds"] = from.seconds.count();
  result["messages"] = counted.messages;
  result["messages_per_second"] = per_second(from);
  result["wrong"] = counted.wrong;
  result["missing"] = counted.missing;
  result["problem"] = nullptr;
  if (!counted.problem.empty())
    result["problem"] = counted.problem;
  result["latency_us"] = latency_json(counted.latencies);
  result["send_delay_us"] = nullptr;
  if (opts.rate > 0)
    result["send_delay_us"] = latency_json(counted.delays);
  json::array bins;
  for (const auto& [bound, count] : counted.latencies.bins())
    bins.push_back(json::array{bound, count});
  result["histogram"] = std::move(bins);
  result["relative_error"] = latency_histogram::relative_error;
  result["server"] = usage_json(from.server);
  result["load"] = usage_json(from.load);
  return json::serialize(result);
}

std::string to_text(const report& from, const options& opts) {
  const auto& counted = from.counted;
  auto result = format("%s: %zu connections x %zu in flight, %.2f s\n",
                       name_of(opts.mode).c_str(), opts.connections,
                       opts.in_flight, from.seconds.count());
  if (opts.mode != mode::idle)
    result += format("%.0f/s, %llu in all, %llu wrong, %llu missing\n",
                     per_second(from),
                     static_cast<unsigned long long>(counted.messages),
                     static_cast<unsigned long long>(counted.wrong),
                     static_cast<unsigned long long>(counted.missing));
  if (const auto& took = counted.latencies; took.count() > 0)
    result +=
        format("latency in us: p50 %.1f, p90 %.1f, p99 %.1f, "
               "p99.9 %.1f, max %.1f\n",
               took.percentile_us(50), took.percentile_us(90),
               took.percentile_us(99), took.percentile_us(99.9), took.max_us());
  if (const auto& late = counted.delays; late.count() > 0)
    result +=
        format("sent late by us: p50 %.1f, p99 %.1f, max %.1f\n",
               late.percentile_us(50), late.percentile_us(99), late.max_us());
  if (from.server)
    result += usage_text("server", *from.server, from.seconds.count());
  if (from.load)
    result += usage_text("load", *from.load, from.seconds.count());
  return result;
}

} // namespace stagedoor::load
