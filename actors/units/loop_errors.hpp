#pragma once

#include "stagedoor/actors/units/descriptor.hpp"

#include <boost/system/error_code.hpp>

#include <cerrno>
#include <system_error>

// What the system says to a loop when it does not do what it was asked for.

namespace stagedoor {

/// The error with this number, as the entries of a loop are told.
inline boost::system::error_code system_error(int number) {
  return {number, boost::system::system_category()};
}

/// A new descriptor of the system; throws `std::system_error` if there is none.
/// @param what the system call that gave the number.
inline descriptor opened(int number, const char* what) {
  if (number < 0)
    throw std::system_error{errno, std::system_category(), what};
  return descriptor{number};
}

/// Whether there is nobody to accept, as Linux says that in several ways: a
/// client may have gone meanwhile.
inline bool is_nobody(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR
         || error == ECONNABORTED || error == EPROTO;
}

} // namespace stagedoor
