#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include <boost/json/error.hpp>
#include <boost/json/value_stack.hpp>

#include <cstddef>
#include <cstdint>

namespace stagedoor {

/// The sizes that a handler of a json::basic_parser has to name: those that
/// values can have.
struct value_sizes {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();
};

/// Builds a value bottom-up from the events of a json::basic_parser: the part
/// of each parser of ours that the rules on numbers are in. The text has to
/// come in one piece, so that a number is never split: `on_number_part` is
/// called only where the text ends inside of one, and then the parse fails.
class value_handler : public value_sizes {
public:
  value_handler() { stack_.reset(); }

  /// The value, once the document has ended.
  json::value release() { return stack_.release(); }

  bool on_document_begin(boost::system::error_code&) { return true; }
  bool on_document_end(boost::system::error_code&) { return true; }
  bool on_object_begin(boost::system::error_code&) { return true; }
  bool on_array_begin(boost::system::error_code&) { return true; }

  bool on_object_end(std::size_t size, boost::system::error_code&) {
    stack_.push_object(size);
    return true;
  }

  bool on_array_end(std::size_t size, boost::system::error_code&) {
    stack_.push_array(size);
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t,
                   boost::system::error_code&) {
    stack_.push_chars(part);
    return true;
  }

  bool on_key(json::string_view last, std::size_t, boost::system::error_code&) {
    stack_.push_key(last);
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t,
                      boost::system::error_code&) {
    stack_.push_chars(part);
    return true;
  }

  bool on_string(json::string_view last, std::size_t,
                 boost::system::error_code&) {
    stack_.push_string(last);
    return true;
  }

  bool on_number_part(json::string_view, boost::system::error_code&) {
    return true;
  }

  bool on_int64(std::int64_t number, json::string_view,
                boost::system::error_code&) {
    stack_.push_int64(number);
    return true;
  }

  bool on_uint64(std::uint64_t number, json::string_view,
                 boost::system::error_code&) {
    stack_.push_uint64(number);
    return true;
  }

  bool on_double(double estimate, json::string_view text,
                 boost::system::error_code& error) {
    double exact = 0;
    if (!read_double(estimate, text, exact, error))
      return false;
    stack_.push_double(exact);
    return true;
  }

  bool on_bool(bool truth, boost::system::error_code&) {
    stack_.push_bool(truth);
    return true;
  }

  bool on_null(boost::system::error_code&) {
    stack_.push_null();
    return true;
  }

  bool on_comment_part(json::string_view, boost::system::error_code&) {
    return true;
  }
  bool on_comment(json::string_view, boost::system::error_code&) {
    return true;
  }

  /// Reads the nearest double.
  /// @param estimate what the parser makes of it.
  /// @returns false and an error if no double holds it finitely.
  static bool read_double(double estimate, json::string_view text,
                          double& exact, boost::system::error_code& error);

private:
  /// Enough for most messages; the stack asks for more where it is not.
  alignas(json::value) unsigned char memory_[32 * sizeof(json::value)];
  json::value_stack stack_{{}, memory_, sizeof(memory_)};
};

} // namespace stagedoor
