#include "stagedoor/actors/units/spare_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <set>
#include <vector>

namespace spare_memory_suite {

using namespace stagedoor;

namespace {

constexpr std::size_t node_bytes = 48;

std::vector<void*> take(spare_memory& memory, std::size_t count) {
  std::vector<void*> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(memory.allocate(node_bytes));
  return result;
}

void give_back(spare_memory& memory, const std::vector<void*>& blocks) {
  for (auto* block : blocks)
    memory.deallocate(block, node_bytes);
}

} // namespace

BOOST_AUTO_TEST_SUITE(spare_memory)

BOOST_AUTO_TEST_CASE(keeps_as_many_blocks_as_it_may) {
  constexpr auto most = stagedoor::spare_memory::kept_max;
  stagedoor::spare_memory memory;
  for (const auto count : {most, most + 1}) {
    const auto blocks = take(memory, count);
    give_back(memory, blocks);
    BOOST_TEST(memory.kept() == most);
    // They come back before new ones are made.
    const std::set<void*> first{blocks.begin(), blocks.end()};
    const auto again = take(memory, most);
    for (auto* block : again)
      BOOST_TEST(first.contains(block));
    BOOST_TEST(memory.kept() == 0u);
    give_back(memory, again);
  }
}

BOOST_AUTO_TEST_CASE(keeps_blocks_of_the_first_size_only) {
  stagedoor::spare_memory memory;
  memory.deallocate(memory.allocate(node_bytes), node_bytes);
  const auto kept = memory.kept();
  for (const auto bytes : {node_bytes - 8, node_bytes + 8}) {
    memory.deallocate(memory.allocate(bytes), bytes);
    BOOST_TEST(memory.kept() == kept);
  }
}

BOOST_AUTO_TEST_CASE(keeps_nothing_that_is_too_small) {
  stagedoor::spare_memory memory;
  memory.deallocate(memory.allocate(1), 1);
  BOOST_TEST(memory.kept() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spare_memory_suite
