#include "stagedoor/protocol/limits.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <set>

namespace limits_suite {

namespace {

using stagedoor::limit_info;
using all_limits = stagedoor::limits;
using duration = all_limits::duration;

/// What holds between the defaults, checked when this is compiled.
constexpr all_limits defaults;
static_assert(defaults.ping_interval < defaults.idle_timeout);
static_assert(defaults.route_bytes_max <= defaults.message_bytes_max);
static_assert(defaults.request_id_bytes_max <= defaults.message_bytes_max);
static_assert(defaults.message_bytes_max <= defaults.outbound_bytes_max);
static_assert(defaults.json_depth_max >= 1 && defaults.json_depth_max <= 256);

void assign(all_limits& limits, const limit_info& info, std::int64_t value) {
  if (const auto* number = std::get_if<std::size_t all_limits::*>(&info.member))
    limits.** number = static_cast<std::size_t>(value);
  else
    limits.*std::get<duration all_limits::*>(info.member) = duration{value};
}

std::int64_t read(const all_limits& limits, const limit_info& info) {
  if (const auto* number = std::get_if<std::size_t all_limits::*>(&info.member))
    return static_cast<std::int64_t>(limits.**number);
  return (limits.*std::get<duration all_limits::*>(info.member)).count();
}

bool is_duration(const limit_info& info) {
  return std::holds_alternative<duration all_limits::*>(info.member);
}

/// Empty where `limits` is valid; else the one line.
std::string complaint(const all_limits& limits) {
  const auto error = stagedoor::validate(limits);
  if (error == caf::none)
    return {};
  BOOST_TEST((stagedoor::code_of(error) == stagedoor::errc::invalid_option));
  return stagedoor::text_of(error);
}

/// Limits in which only `info` is not the default, nor what it depends on.
std::string complaint_about(const limit_info& info, std::int64_t value) {
  all_limits limits;
  limits.message_bytes_max = std::size_t{1} << 30;
  limits.route_bytes_max = 1;
  limits.request_id_bytes_max = 1;
  limits.ping_interval = duration{1};
  limits.idle_timeout = std::chrono::hours{24};
  assign(limits, info, value);
  return complaint(limits);
}

const limit_info& find(std::string_view name) {
  for (const auto& info : stagedoor::limit_table())
    if (info.name == name)
      return info;
  BOOST_FAIL("no limit " << name);
  return stagedoor::limit_table().front();
}

} // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(takes_the_defaults) {
  BOOST_TEST(complaint({}) == "");
}

BOOST_AUTO_TEST_CASE(has_every_default_within_its_range) {
  for (const auto& info : stagedoor::limit_table()) {
    const auto value = read(defaults, info);
    BOOST_TEST(value >= static_cast<std::int64_t>(info.least), info.name);
    BOOST_TEST(value <= static_cast<std::int64_t>(info.most), info.name);
  }
}

BOOST_AUTO_TEST_CASE(lists_every_member_once_in_the_order_of_the_struct) {
  // All members are eight bytes and follow each other without a gap.
  static_assert(sizeof(std::size_t) == 8 && sizeof(duration) == 8);
  const auto table = stagedoor::limit_table();
  BOOST_TEST(table.size() * 8 == sizeof(all_limits));
  const all_limits limits;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto* member =
        is_duration(table[i])
            ? reinterpret_cast<const char*>(
                &(limits.*std::get<duration all_limits::*>(table[i].member)))
            : reinterpret_cast<const char*>(&(
                limits.*std::get<std::size_t all_limits::*>(table[i].member)));
    BOOST_TEST(static_cast<std::size_t>(
                   member - reinterpret_cast<const char*>(&limits))
                   == i * 8,
               table[i].name);
  }
}

BOOST_AUTO_TEST_CASE(names_and_explains_every_limit) {
  std::set<std::string_view> names;
  for (const auto& info : stagedoor::limit_table()) {
    names.insert(info.name);
    BOOST_TEST((info.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-")
                == std::string_view::npos),
               info.name);
    BOOST_TEST(info.help.ends_with('.'), info.name);
    BOOST_TEST(info.help.size() > 10u, info.name);
    BOOST_TEST(info.help.size() < 70u, info.name);
  }
  BOOST_TEST(names.size() == stagedoor::limit_table().size());
}

BOOST_AUTO_TEST_CASE(names_the_members_they_hold) {
  BOOST_TEST(
      (std::get<std::size_t all_limits::*>(find("message-bytes-max").member)
       == &all_limits::message_bytes_max));
  BOOST_TEST((std::get<duration all_limits::*>(find("idle-timeout").member)
              == &all_limits::idle_timeout));
  BOOST_TEST((std::get<duration all_limits::*>(find("ping-interval").member)
              == &all_limits::ping_interval));
  BOOST_TEST((std::get<duration all_limits::*>(find("stall-warning").member)
              == &all_limits::stall_warning));
  BOOST_TEST((std::get<duration all_limits::*>(find("slow-action").member)
              == &all_limits::slow_action));
}

BOOST_AUTO_TEST_CASE(takes_the_ends_of_every_range_and_nothing_past_them) {
  for (const auto& info : stagedoor::limit_table()) {
    const auto least = static_cast<std::int64_t>(info.least);
    const auto most = static_cast<std::int64_t>(info.most);
    const auto start = "limits." + std::string(info.name) + ": must be from ";
    // What a ping and the idle timeout are to each other is tested below.
    if (info.name != "idle-timeout")
      BOOST_TEST(complaint_about(info, least) == "", info.name);
    if (info.name != "ping-interval")
      BOOST_TEST(complaint_about(info, most) == "", info.name);
    if (least > 0 || is_duration(info))
      BOOST_TEST(complaint_about(info, least - 1).starts_with(start),
                 info.name);
    BOOST_TEST(complaint_about(info, most + 1).starts_with(start), info.name);
  }
}

BOOST_AUTO_TEST_CASE(lets_only_a_rate_a_burst_and_slow_actions_be_zero) {
  for (const auto& info : stagedoor::limit_table()) {
    const bool may_be_zero = info.name == "message-rate-max"
                             || info.name == "message-burst-max"
                             || info.name == "slow-action";
    BOOST_TEST((complaint_about(info, 0) == "") == may_be_zero, info.name);
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_negative_duration) {
  BOOST_TEST(complaint_about(find("action-timeout"), -1)
             == "limits.action-timeout: must be from 1ms to 24h");
  BOOST_TEST(complaint_about(find("action-timeout"), INT64_MIN)
             == "limits.action-timeout: must be from 1ms to 24h");
}

BOOST_AUTO_TEST_CASE(says_the_range_in_one_line) {
  BOOST_TEST(complaint_about(find("json-depth-max"), 257)
             == "limits.json-depth-max: must be from 1 to 256");
  BOOST_TEST(complaint_about(find("idle-timeout"), 0)
             == "limits.idle-timeout: must be from 1ms to 24h");
}

BOOST_AUTO_TEST_CASE(wants_a_ping_before_the_idle_timeout) {
  all_limits limits;
  limits.idle_timeout = duration{100};
  limits.ping_interval = duration{99};
  BOOST_TEST(complaint(limits) == "");
  limits.ping_interval = duration{100};
  BOOST_TEST(complaint(limits)
             == "limits.ping-interval: must be less than limits.idle-timeout");
}

BOOST_AUTO_TEST_CASE(wants_a_route_and_a_request_id_to_fit_into_a_message) {
  all_limits limits;
  limits.message_bytes_max = 1024;
  limits.route_bytes_max = 1024;
  limits.request_id_bytes_max = 1024;
  BOOST_TEST(complaint(limits) == "");
  limits.route_bytes_max = 1025;
  BOOST_TEST(complaint(limits)
             == "limits.route-bytes-max: must not be more than "
                "limits.message-bytes-max");
  limits.route_bytes_max = 1;
  limits.request_id_bytes_max = 1025;
  BOOST_TEST(complaint(limits)
             == "limits.request-id-bytes-max: must not be more than "
                "limits.message-bytes-max");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace limits_suite
