#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

namespace stagedoor::test {

/// The routes of an endpoint that is known to be valid.
inline route_tree_ptr tree_of(const endpoint_spec& spec) {
  auto tree = route_tree::compile(spec);
  if (!tree)
    BOOST_FAIL(text_of(tree.error()));
  return *tree;
}

} // namespace stagedoor::test
