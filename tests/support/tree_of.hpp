#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <utility>

namespace stagedoor::test {

/// The routes of an endpoint that is known to be valid.
inline route_tree_ptr tree_of(const endpoint_spec& spec) {
  auto tree = route_tree::compile(spec);
  if (!tree)
    BOOST_FAIL(text_of(tree.error()));
  return *tree;
}

/// The same behind a permission that has to be asked, whoever the user is.
inline route_tree_ptr asked_tree_of(endpoint_spec spec) {
  auto root = std::make_shared<handler_definition>(*spec.root);
  root->permissions.append(permission([](const request&) { return true; }));
  spec.root = std::move(root);
  return tree_of(spec);
}

} // namespace stagedoor::test
