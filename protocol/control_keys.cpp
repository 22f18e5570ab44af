#include "stagedoor/protocol/control_keys.hpp"

#include <cstddef>

namespace stagedoor {

place place_of(std::string_view key) {
  if (key == "action")
    return place::action;
  if (key == "route")
    return place::route;
  if (key == "request_id")
    return place::request_id;
  if (key == "once")
    return place::once;
  if (key == "once_age")
    return place::once_age;
  return place::argument;
}

flaw* control_flaws::at(place key) {
  switch (key) {
  case place::action:
    return &action;
  case place::route:
    return &route;
  case place::request_id:
    return &request_id;
  case place::once:
    return &once;
  case place::once_age:
    return &once_age;
  case place::nowhere:
  case place::argument:
    break;
  }
  return nullptr;
}

namespace {

std::string describe(std::string_view key, flaw what, std::string_view types,
                     std::size_t bytes_max) {
  auto result = '"' + std::string(key);
  if (what == flaw::type)
    return (result += "\" is no ") += types;
  if (what == flaw::size)
    return result + "\" is longer than " + std::to_string(bytes_max) + " bytes";
  return result + "\" has half of a surrogate pair";
}

} // namespace

std::string control_flaws::text(const limits& limits) const {
  if (action != flaw::none)
    return describe("action", action, "string", 0);
  if (route != flaw::none)
    return describe("route", route, "string", limits.route_bytes_max);
  if (request_id != flaw::none)
    return describe("request_id", request_id, "string, 64-bit integer or null",
                    limits.request_id_bytes_max);
  if (once != flaw::none)
    return describe("once", once, "string", 0);
  return describe("once_age", once_age, "whole number of milliseconds", 0);
}

} // namespace stagedoor
