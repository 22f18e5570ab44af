#pragma once

#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/cluster/cluster_limits.hpp>

#include <cstddef>
#include <memory>
#include <vector>

#include "raw_client.hpp"
#include "test_node.hpp"

namespace stagedoor::test {

/// Takes all places for handshakes at the port of a node, and says nothing.
/// Checks that one more connection is refused.
inline std::vector<std::unique_ptr<raw_client>>
take_all_places(test_node& node) {
  std::vector<std::unique_ptr<raw_client>> result;
  for (std::size_t i = 0; i < cluster_limits::handshakes_max; ++i)
    result.push_back(std::make_unique<raw_client>(node->port()));
  raw_client one_more(node->port());
  BOOST_TEST(one_more.expect_eof());
  BOOST_TEST(node.logs("W 64 connections at the nodes' port are in their "
                       "handshake: refusing others"));
  return result;
}

} // namespace stagedoor::test
