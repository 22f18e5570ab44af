#pragma once

#include "stagedoor/protocol/model/member_type.hpp"
#include "stagedoor/protocol/model/object_description.hpp"

#include <boost/describe/members.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// Converts one member of a struct.
struct member_codec {
  std::string name;
  /// Sets the member of `object` to a canonical value.
  /// @returns why it cannot, or an empty text.
  std::function<std::string(const json::value& canonical, void* object)> read;
  std::function<json::value(const void* object)> write;
  bool is_write_only = false;
};

/// The part of a description that does not depend on the struct.
class struct_description {
public:
  [[nodiscard]] const object_description& object() const { return object_; }

protected:
  explicit struct_description(std::string name) : object_(std::move(name)) {}

  void add(member_codec codec, field rules);

  /// Sets the members of `object` for which `canonical` has a value.
  /// @returns the errors by field.
  json::object read_members(const json::object& canonical, void* object) const;

  /// Writes all members, or those that clients see.
  [[nodiscard]] json::object write_members(const void* object) const;
  [[nodiscard]] json::object show_members(const void* object) const;

  object_description& change_object() { return object_; }

private:
  object_description object_;
  std::vector<member_codec> codecs_;
};

/// A value of a struct, or the errors of the body that it was to be made of.
template <class T>
struct struct_reading {
  std::optional<T> value;
  json::value errors;
};

/// A struct whose members are described, so that JSON becomes values of it and
/// back. The struct names its description by a static function:
///
///     static const description<post>& described();
template <class T>
class description : public struct_description {
public:
  explicit description(std::string name)
      : struct_description(std::move(name)) {}

  /// Describes a member with the field that is natural for its type.
  template <class Member>
  description& field(const std::string& name, Member T::*member) {
    return field(name, member, type_of<Member>::natural());
  }

  /// Describes a member with a field of its own.
  template <class Member>
  description& field(const std::string& name, Member T::*member,
                     stagedoor::field rules) {
    using type = type_of<Member>;
    if constexpr (requires { type::fit(rules); })
      rules = type::fit(rules);
    add({.name = name,
         .read =
             [member](const json::value& canonical, void* object) {
               return type::read(canonical, static_cast<T*>(object)->*member);
             },
         .write =
             [member](const void* object) {
               return type::write(static_cast<const T*>(object)->*member);
             }},
        std::move(rules));
    return *this;
  }

  description& check(object_check rule) {
    change_object().check(std::move(rule));
    return *this;
  }

  description& unique_together(std::vector<std::string> names) {
    change_object().unique_together(std::move(names));
    return *this;
  }

  description& refuse_unknown_keys() {
    change_object().refuse_unknown_keys();
    return *this;
  }

  /// Validates a body and makes a value of it.
  /// @param body null if there is none.
  [[nodiscard]] struct_reading<T>
  read(const json::value* body, const validation_context& context = {}) const {
    auto result = object().validate(body, context);
    if (!result.is_valid())
      return {.value = {}, .errors = std::move(result.content)};
    T value{};
    if (auto errors = assign(result.content.get_object(), value);
        !errors.empty())
      return {.value = {}, .errors = std::move(errors)};
    return {.value = std::move(value), .errors = nullptr};
  }

  /// Sets the members for which an object that is valid has a value.
  /// @returns the errors by field, which are there only if a member cannot
  ///          hold what its field takes.
  [[nodiscard]] json::object assign(const json::object& canonical,
                                    T& object) const {
    return read_members(canonical, &object);
  }

  /// Writes all members.
  [[nodiscard]] json::object write(const T& object) const {
    return write_members(&object);
  }

  /// Writes the members that clients see, which are those that are not
  /// write-only.
  [[nodiscard]] json::object shown(const T& object) const {
    return show_members(&object);
  }

private:
  template <class Member>
  struct checked_type {
    static_assert(describable<Member>,
                  "a member of a described struct is an integer, double, bool, "
                  "std::string, stagedoor::decimal, json::value, "
                  "std::chrono::year_month_day, stagedoor::time_of_day, "
                  "stagedoor::utc_time, std::chrono::microseconds, another "
                  "described struct or enumeration, or std::optional, "
                  "std::vector or std::map<std::string, ...> of one of these");
    using type = member_type<Member>;
  };

  template <class Member>
  using type_of = typename checked_type<Member>::type;
};

/// Begins the description of a struct.
template <class T>
description<T> describe(std::string name) {
  return description<T>{std::move(name)};
}

/// A struct that names its description.
template <class T>
concept described_struct = requires {
  { T::described() } -> std::same_as<const description<T>&>;
};

/// A struct without bases whose members Boost.Describe knows, by
/// `BOOST_DESCRIBE_STRUCT` of `<boost/describe/class.hpp>`. Each of them has
/// the field that is natural for its type.
template <class T>
concept boost_described_struct =
    std::is_class_v<T> && !described_struct<
        T> && boost::describe::has_describe_members<T>::value;

/// Returns the description of a struct.
template <described_struct T>
const description<T>& description_of() {
  return T::described();
}

/// The same for a struct that Boost.Describe knows.
template <boost_described_struct T>
const description<T>& description_of() {
  static const auto result = [] {
    auto made = describe<T>("");
    boost::mp11::mp_for_each<
        boost::describe::describe_members<T, boost::describe::mod_public>>(
        [&made](auto each) { made.field(each.name, each.pointer); });
    return made;
  }();
  return result;
}

/// A member that is another described struct.
template <class T>
requires(
    described_struct<T> || boost_described_struct<T>) struct member_type<T> {
  static field natural() { return field::object(description_of<T>().object()); }
  static std::string read(const json::value& canonical, T& out) {
    const auto* object = canonical.if_object();
    if (object == nullptr)
      return member_conversion::not_a_dictionary(canonical);
    const auto errors = description_of<T>().assign(*object, out);
    return errors.empty() ? std::string{}
                          : std::string(errors.begin()->key())
                                + " has a value that does not fit.";
  }
  static json::value write(const T& value) {
    return description_of<T>().write(value);
  }
};

} // namespace stagedoor
