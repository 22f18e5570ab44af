#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace stagedoor {

/// JSON values are those of Boost.JSON.
namespace json = boost::json;

} // namespace stagedoor
