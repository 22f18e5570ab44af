#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace stagedoor {

/// The library uses the JSON values of Boost.JSON.
namespace json = boost::json;

} // namespace stagedoor
