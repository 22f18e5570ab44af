#pragma once

#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/model/decimal.hpp"
#include "stagedoor/protocol/model/field.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

/// A point in time, as members of structs hold it.
using utc_time = std::chrono::sys_time<std::chrono::microseconds>;

/// A time of day, as members of structs hold it.
using time_of_day = std::chrono::hh_mm_ss<std::chrono::microseconds>;

/// A type that a member of a described struct may have. Each specialization has
/// three functions: `natural` returns the field of a member that names none,
/// `read` converts a canonical value and returns why it cannot, and `write`
/// converts back. A fourth one, `fit`, may narrow a field to what the type can
/// hold. Applications may specialize it for types of their own.
template <class T>
struct member_type;

/// Whether a member of a described struct may have this type.
template <class T>
concept describable = requires {
  { member_type<T>::natural() } -> std::same_as<field>;
};

/// The parts of `member_type` that need no template.
namespace member_conversion {

field fit_integer(const field& rules, integer_width width);
field fit_microseconds(const field& rules);

std::string read_integer(const json::value& canonical, std::int64_t& out);
std::string read_integer(const json::value& canonical, std::uint64_t& out);
std::string read(const json::value& canonical, bool& out);
std::string read(const json::value& canonical, double& out);
std::string read(const json::value& canonical, std::string& out);
std::string read(const json::value& canonical, decimal& out);
std::string read(const json::value& canonical,
                 std::chrono::year_month_day& out);
std::string read(const json::value& canonical, time_of_day& out);
std::string read(const json::value& canonical, utc_time& out);
std::string read(const json::value& canonical, std::chrono::microseconds& out);

json::value write(bool value);
json::value write(double value);
json::value write(const std::string& value);
json::value write(const decimal& value);
json::value write(std::chrono::year_month_day value);
json::value write(const time_of_day& value);
json::value write(utc_time value);
json::value write(std::chrono::microseconds value);

std::string not_an_integer();
std::string not_a_choice(const json::value& canonical);
std::string not_a_list(const json::value& canonical);
std::string not_a_dictionary(const json::value& canonical);

template <class T>
constexpr integer_width width_of() {
  constexpr bool is_signed = std::is_signed_v<T>;
  switch (sizeof(T)) {
  case 1:
    return is_signed ? integer_width::int8 : integer_width::uint8;
  case 2:
    return is_signed ? integer_width::int16 : integer_width::uint16;
  case 4:
    return is_signed ? integer_width::int32 : integer_width::uint32;
  default:
    return is_signed ? integer_width::int64 : integer_width::uint64;
  }
}

/// Of types whose natural field takes no arguments.
template <class T, field (*Natural)()>
struct simple {
  static field natural() { return Natural(); }
  static std::string read(const json::value& canonical, T& out) {
    return member_conversion::read(canonical, out);
  }
  static json::value write(const T& value) {
    return member_conversion::write(value);
  }
};

inline field free_decimal() {
  return field::decimal(std::nullopt, std::nullopt);
}

} // namespace member_conversion

template <>
struct member_type<bool> : member_conversion::simple<bool, field::boolean> {};

template <>
struct member_type<double>
    : member_conversion::simple<double, field::floating> {};

template <>
struct member_type<std::string>
    : member_conversion::simple<std::string, field::text> {};

template <>
struct member_type<decimal>
    : member_conversion::simple<decimal, member_conversion::free_decimal> {};

template <>
struct member_type<std::chrono::year_month_day>
    : member_conversion::simple<std::chrono::year_month_day, field::date> {};

template <>
struct member_type<time_of_day>
    : member_conversion::simple<time_of_day, field::time> {};

template <>
struct member_type<utc_time>
    : member_conversion::simple<utc_time, field::date_time> {};

/// A duration, of which 64 bits hold 106,751,991 days in each direction.
template <>
struct member_type<std::chrono::microseconds>
    : member_conversion::simple<std::chrono::microseconds, field::duration> {
  static field fit(const field& rules) {
    return member_conversion::fit_microseconds(rules);
  }
};

template <>
struct member_type<json::value> {
  static field natural() { return field::json(); }
  static std::string read(const json::value& canonical, json::value& out) {
    out = canonical;
    return {};
  }
  static json::value write(const json::value& value) { return value; }
};

/// An integer, but neither a truth value nor a letter.
template <class T>
concept member_integer =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !is_letter<T>;

template <member_integer T>
struct member_type<T> {
  static field natural() {
    return field::integer(member_conversion::width_of<T>());
  }
  static field fit(const field& rules) {
    return member_conversion::fit_integer(rules,
                                          member_conversion::width_of<T>());
  }
  static std::string read(const json::value& canonical, T& out) {
    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide{};
    if (auto error = member_conversion::read_integer(canonical, wide);
        !error.empty())
      return error;
    if (!std::in_range<T>(wide))
      return member_conversion::not_an_integer();
    out = static_cast<T>(wide);
    return {};
  }
  static json::value write(T value) { return value; }
};

/// A member that may be null or absent.
template <describable T>
struct member_type<std::optional<T>> {
  static field natural() {
    return member_type<T>::natural().nullable().optional();
  }
  static field fit(const field& rules) {
    if constexpr (requires { member_type<T>::fit(rules); })
      return member_type<T>::fit(rules);
    else
      return rules;
  }
  static std::string read(const json::value& canonical, std::optional<T>& out) {
    if (canonical.is_null()) {
      out.reset();
      return {};
    }
    return member_type<T>::read(canonical, out.emplace());
  }
  static json::value write(const std::optional<T>& value) {
    return value ? member_type<T>::write(*value) : json::value{};
  }
};

/// An enumeration that Boost.Describe knows. JSON has the names of its values.
template <class T>
concept described_enum =
    std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <described_enum T>
struct member_type<T> {
  static field natural() {
    std::vector<json::value> names;
    for_each([&names](const char* name, T) { names.emplace_back(name); });
    return field::choice(std::move(names));
  }
  static std::string read(const json::value& canonical, T& out) {
    bool is_known = false;
    for_each([&](const char* name, T value) {
      if (canonical == json::value(name)) {
        out = value;
        is_known = true;
      }
    });
    return is_known ? std::string{}
                    : member_conversion::not_a_choice(canonical);
  }
  /// @throws std::invalid_argument for a value without a name.
  static json::value write(T value) {
    json::value result;
    for_each([&](const char* name, T each) {
      if (each == value && result.is_null())
        result = name;
    });
    if (result.is_null())
      throw std::invalid_argument("a value of an enumeration has no name");
    return result;
  }

private:
  template <class F>
  static void for_each(F f) {
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&f](auto each) { f(each.name, each.value); });
  }
};

template <describable T>
struct member_type<std::vector<T>> {
  static field natural() { return field::list(member_type<T>::natural()); }
  static std::string read(const json::value& canonical, std::vector<T>& out) {
    const auto* list = canonical.if_array();
    if (list == nullptr)
      return member_conversion::not_a_list(canonical);
    out.clear();
    for (const auto& item : *list) {
      T value{};
      if (auto error = member_type<T>::read(item, value); !error.empty())
        return error;
      out.push_back(std::move(value));
    }
    return {};
  }
  static json::value write(const std::vector<T>& items) {
    json::array list;
    for (const auto& item : items)
      list.push_back(member_type<T>::write(item));
    return list;
  }
};

template <describable T>
struct member_type<std::map<std::string, T>> {
  static field natural() {
    return field::dictionary(member_type<T>::natural());
  }
  static std::string read(const json::value& canonical,
                          std::map<std::string, T>& out) {
    const auto* object = canonical.if_object();
    if (object == nullptr)
      return member_conversion::not_a_dictionary(canonical);
    out.clear();
    for (const auto& member : *object) {
      auto& value = out[std::string(member.key())];
      if (auto error = member_type<T>::read(member.value(), value);
          !error.empty())
        return error;
    }
    return {};
  }
  static json::value write(const std::map<std::string, T>& members) {
    json::object object;
    for (const auto& [key, value] : members)
      object[key] = member_type<T>::write(value);
    return object;
  }
};

/// An argument of a type that a member may have, validated as such a member is.
template <class T>
requires(!argument_type<T> && describable<T>) struct argument_reader<T> {
  struct reading {
    std::optional<T> value;
    json::value errors;
  };

  static reading read(const json::value& value) {
    static const auto rules = member_type<T>::natural();
    auto result = rules.validate(&value);
    if (!result.is_valid())
      return {std::nullopt, std::move(result.content)};
    T made{};
    if (auto error = member_type<T>::read(result.content, made); !error.empty())
      return {std::nullopt, json::array{json::string(error)}};
    return {std::move(made), nullptr};
  }
};

} // namespace stagedoor
