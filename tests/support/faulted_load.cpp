#include "faulted_load.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "channel.hpp"

namespace stagedoor::test {

faulted_load::faulted_load(const std::vector<newsroom_address>& addresses) {
  for (const auto& address : addresses)
    loads_.push_back(address.load(clients_per_address));
  BOOST_REQUIRE(more_are(&newsroom_load::served));
}

bool faulted_load::more_are(std::size_t (newsroom_load::*count)() const) {
  constexpr std::size_t some = 100;
  return std::all_of(loads_.begin(), loads_.end(), [&](const auto& load) {
    const auto before = (*load.*count)();
    return eventually([&] { return (*load.*count)() >= before + some; });
  });
}

void faulted_load::note_fault() {
  for (const auto& load : loads_)
    load->note_fault();
}

load_result faulted_load::end(const std::string& what) {
  load_result sum;
  for (const auto& load : loads_)
    sum += load->stop();
  BOOST_TEST_MESSAGE(what << ": " << summary_of(sum));
  for (const auto& fault : sum.faults)
    BOOST_ERROR(fault);
  std::size_t answered = 0;
  for (const auto& [status, count] : sum.answers)
    answered += count;
  BOOST_TEST(answered == sum.sent);
  return sum;
}

void faulted_load::check_lost(const std::string& what) {
  const auto sum = end(what);
  for (const auto& [status, count] : sum.answers)
    BOOST_TEST((status == 200 || status == 503 || status == 504),
               count << " x " << status);
  // The fault has met messages that were under way.
  BOOST_TEST(sum.lost > 0u);
  BOOST_TEST(sum.longest_failure.count() <= (deadline + tolerance).count());
}

void faulted_load::check_left(const std::string& what) {
  const auto sum = end(what);
  for (const auto& [status, count] : sum.answers)
    BOOST_TEST((status == 200 || status == 503), count << " x " << status);
}

void faulted_load::check_unharmed(const std::string& what) {
  const auto sum = end(what);
  for (const auto& [status, count] : sum.answers)
    BOOST_TEST(status == 200, count << " x " << status);
}

bool all_serve(const std::vector<newsroom_address>& addresses) {
  return std::all_of(addresses.begin(), addresses.end(),
                     [](const auto& address) { return address.serves(); });
}

void await_service(const std::vector<newsroom_address>& addresses,
                   const std::string& what) {
  using clock = std::chrono::steady_clock;
  const auto since = clock::now();
  BOOST_TEST(eventually([&] { return all_serve(addresses); }));
  BOOST_TEST_MESSAGE(
      what << ": served again after "
           << std::chrono::duration_cast<std::chrono::milliseconds>(clock::now()
                                                                    - since)
                  .count()
           << " ms");
}

} // namespace stagedoor::test
