#pragma once

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/request.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

/// A string as a template argument, such as the name in `arg<"pk",
/// std::string>`.
template <std::size_t N>
struct argument_name {
  char text[N]{};
  // NOLINTNEXTLINE(google-explicit-constructor): a literal names an argument.
  consteval argument_name(const char (&literal)[N]) {
    std::copy_n(literal, N, text);
  }
  [[nodiscard]] constexpr std::string_view view() const {
    return {text, N - 1};
  }
};

/// Converts one JSON value to the declared type of an argument. Each function
/// returns an empty text on success, and otherwise the error text for the
/// field, see protocol/README.md, "Arguments". `value` is never null.
std::string convert_argument(const json::value& value, std::int64_t& out);
std::string convert_argument(const json::value& value, std::uint64_t& out);
std::string convert_argument(const json::value& value, double& out);
std::string convert_argument(const json::value& value, bool& out);
std::string convert_argument(const json::value& value, std::string& out);
std::string convert_argument(const json::value& value, json::array& out);
std::string convert_argument(const json::value& value, json::object& out);
std::string convert_argument(const json::value& value, json::value& out);

/// Returns what an argument gets from the query of a route, which has its name:
/// the value as a text if the name comes once, and otherwise all its values as
/// a list of texts.
/// @param is_list whether the argument is a list. It gets a list in any case.
json::value query_value(const fields& query, std::string_view name,
                        bool is_list);

/// Whether a type is a letter, which C++ counts among the integers.
template <class T>
inline constexpr bool is_letter =
    std::disjunction_v<std::is_same<T, char>, std::is_same<T, wchar_t>,
                       std::is_same<T, char8_t>, std::is_same<T, char16_t>,
                       std::is_same<T, char32_t>>;

/// Converts to a narrower integer: as 64-bit first, then checked for its range.
template <class T>
requires(std::is_integral_v<T> && !std::is_same_v<T, bool> && !is_letter<T>)
    std::string convert_argument(const json::value& value, T& out) {
  std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide{};
  if (auto text = convert_argument(value, wide); !text.empty())
    return text;
  if (!std::in_range<T>(wide))
    return "A valid integer is required.";
  out = static_cast<T>(wide);
  return {};
}

/// Whether an argument may have this type.
template <class T>
concept argument_type = requires(const json::value& value, T& out) {
  { convert_argument(value, out) } -> std::convertible_to<std::string>;
};

/// Whether a type names a description by a static function `described`, as
/// protocol/model/description.hpp has it. A value of it is made of an object,
/// and its errors are an object as well.
template <class T>
concept described_argument = requires(const json::value* value) {
  { T::described().read(value).errors } -> std::convertible_to<json::value>;
};

/// Reads an argument of a type that is more than one value of JSON, such as
/// `std::vector<int>`. protocol/model/description.hpp has it for all types that
/// members of described structs may have, and for structs and enumerations that
/// Boost.Describe knows.
template <class T>
struct argument_reader;

/// Whether there is such a reader.
template <class T>
concept read_argument = requires(const json::value& value) {
  {
    argument_reader<T>::read(value).errors
    } -> std::convertible_to<json::value>;
};

namespace texts {
inline constexpr std::string_view required = "This field is required.";
inline constexpr std::string_view not_null = "This field may not be null.";
} // namespace texts

/// A declared argument of an action, written `arg<"pk", std::string> pk` and
/// used as `*pk`. With `std::optional<T>` the client may leave it out or send
/// null. `arg<"x", json::value>` takes any value, null included.
template <argument_name Name, class T>
class arg {
public:
  using value_type = T;
  static constexpr std::string_view name = Name.view();

  arg() = default;
  explicit arg(T value) : value_(std::move(value)) {}

  const T& operator*() const& { return value_; }
  T&& operator*() && { return std::move(value_); }
  const T* operator->() const { return &value_; }

  /// Takes the argument from the captures of the route, or else from its query,
  /// or else from the message.
  /// @param errors gets the error texts of this field, if there are any.
  static arg from(const request& request, json::object& errors) {
    arg result;
    auto fail = [&](std::string_view text) {
      errors[name] = json::array{json::string(text)};
    };
    auto convert = [&](const json::value& value) {
      auto take = [&](auto reading) {
        if (reading.value)
          result.value_ = std::move(*reading.value);
        else
          errors[name] = std::move(reading.errors);
      };
      if constexpr (described_argument<plain_type>) {
        take(plain_type::described().read(&value));
      } else if constexpr (!argument_type<plain_type>) {
        take(argument_reader<plain_type>::read(value));
      } else {
        std::string text;
        if constexpr (is_optional)
          text = convert_argument(value, result.value_.emplace());
        else
          text = convert_argument(value, result.value_);
        if (!text.empty())
          fail(text);
      }
    };
    if (const auto* capture = request.capture(name)) {
      // A string is what a capture is already.
      if constexpr (std::is_same_v<T, std::string>)
        result.value_ = *capture;
      else
        convert(json::value(json::string(*capture)));
    } else if (is_in_query(request)) {
      convert(query_value(request.query(), name, is_list));
    } else if (const auto* value = request.body(name);
               value != nullptr && !value->is_null()) {
      convert(*value);
    } else if constexpr (!is_optional) {
      if (value == nullptr)
        fail(texts::required);
      else if constexpr (!accepts_null)
        fail(texts::not_null);
    }
    return result;
  }

private:
  template <class U>
  struct optional_traits : std::false_type {};
  template <class U>
  struct optional_traits<std::optional<U>> : std::true_type {};

  template <class U>
  struct unwrapped {
    using type = U;
  };
  template <class U>
  struct unwrapped<std::optional<U>> {
    using type = U;
  };
  using plain_type = typename unwrapped<T>::type;
  static constexpr bool is_read =
      std::disjunction_v<std::bool_constant<argument_type<plain_type>>,
                         std::bool_constant<described_argument<plain_type>>,
                         std::bool_constant<read_argument<plain_type>>>;
  static_assert(is_read,
                "an argument is an integer, double, bool, std::string, a type "
                "of std::chrono, json::array, json::object, json::value, a "
                "described struct or enumeration (BOOST_DESCRIBE_STRUCT or a "
                "static described()), or std::optional, std::vector or "
                "std::map<std::string, ...> of one of these");

  /// What the query says about control keys is ignored, as their values come
  /// from elsewhere.
  static bool is_in_query(const request& request) {
    return !is_control_key(name)
           && find_field(request.query(), name) != nullptr;
  }

  static constexpr bool is_optional = optional_traits<T>::value;
  template <class U>
  struct list_traits : std::is_same<U, json::array> {};
  template <class U>
  struct list_traits<std::vector<U>> : std::true_type {};

  static constexpr bool is_list = list_traits<plain_type>::value;
  static constexpr bool accepts_null = std::is_same_v<T, json::value>;

  T value_{};
};

} // namespace stagedoor
