#include "stagedoor/actors/operators/tally.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

namespace tally_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

/// Reads a table again and again, while the test writes it.
template <class Read>
class reader {
public:
  explicit reader(Read read)
      : thread_([this, read] {
          while (!stopping_) {
            read();
            ++rounds_;
          }
        }) {}
  ~reader() {
    stopping_ = true;
    thread_.join();
  }

  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  /// Waits until it has read once more.
  void await_round() const {
    const auto before = rounds_.load();
    while (rounds_ == before)
      std::this_thread::yield();
  }

private:
  std::atomic<bool> stopping_ = false;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(tally)

BOOST_AUTO_TEST_CASE(counts_up_and_down) {
  stagedoor::tally subject;
  BOOST_TEST(subject.value() == 0u);
  subject.add();
  subject.add(5);
  BOOST_TEST(subject.value() == 6u);
  subject.subtract();
  BOOST_TEST(subject.value() == 5u);
  subject.set(2);
  BOOST_TEST(subject.value() == 2u);
}

BOOST_AUTO_TEST_CASE(a_time_is_in_the_bucket_of_the_next_bound) {
  for (std::size_t i = 0; i < time_tally::bounds.size(); ++i) {
    time_tally subject;
    subject.add(time_tally::bounds.at(i));
    BOOST_TEST(subject.bucket(i) == 1u);
    subject.add(time_tally::bounds.at(i) + 1ns);
    BOOST_TEST(subject.bucket(i) == 1u);
    BOOST_TEST(subject.bucket(i + 1) == 1u);
  }
}

BOOST_AUTO_TEST_CASE(times_are_summed_and_none_is_negative) {
  time_tally subject;
  subject.add(3ms);
  subject.add(1h);
  subject.add(-1s);
  BOOST_TEST(subject.sum().count()
             == std::chrono::nanoseconds{1h + 3ms}.count());
  BOOST_TEST(subject.bucket(0) == 1u);
  BOOST_TEST(subject.bucket(time_tally::bounds.size()) == 1u);
}

BOOST_AUTO_TEST_CASE(times_of_all_buckets_count) {
  time_tally subject;
  BOOST_TEST(subject.count() == 0u);
  for (const auto bound : time_tally::bounds)
    subject.add(bound);
  subject.add(1h);
  subject.add(2h);
  BOOST_TEST(subject.count() == time_tally::bounds.size() + 2);
}

BOOST_AUTO_TEST_CASE(a_table_has_a_row_for_each_key) {
  tally_table<std::string, stagedoor::tally> subject;
  auto& first = subject.at(std::string_view{"b"});
  first.add(2);
  subject.at(std::string{"a"}).add();
  subject.at("b").add();
  BOOST_TEST(&subject.at("b") == &first);
  std::string seen;
  subject.each([&](const std::string& key, const stagedoor::tally& row) {
    seen += key + '=' + std::to_string(row.value()) + ' ';
  });
  BOOST_TEST(seen == "a=1 b=3 ");
}

BOOST_AUTO_TEST_CASE(a_table_is_read_while_it_grows) {
  constexpr std::uint16_t rows = 500;
  constexpr std::uint64_t rounds = 20;
  tally_table<std::string, tally_table<std::uint16_t, stagedoor::tally>> table;
  const auto sum = [&] {
    std::uint64_t result = 0;
    table.each([&](const auto&, const auto& inner) {
      inner.each([&](auto, const auto& row) { result += row.value(); });
    });
    return result;
  };
  std::atomic<bool> shrank = false;
  {
    std::uint64_t last = 0;
    const reader reads([&] {
      const auto now = sum();
      shrank = shrank || now < last;
      last = now;
    });
    for (std::uint64_t round = 0; round < rounds; ++round) {
      reads.await_round();
      for (std::uint16_t row = 0; row < rows; ++row)
        table.at(std::to_string(row % 7)).at(row).add();
    }
  }
  BOOST_TEST(!shrank);
  BOOST_TEST(sum() == rows * rounds);
}

BOOST_AUTO_TEST_CASE(times_are_read_while_they_are_added) {
  constexpr std::uint64_t count = 20'000;
  time_tally subject;
  const auto total = [&] {
    std::uint64_t result = 0;
    for (std::size_t i = 0; i <= time_tally::bounds.size(); ++i)
      result += subject.bucket(i);
    return result;
  };
  std::atomic<std::uint64_t> most = 0;
  {
    const reader reads([&] { most = total(); });
    reads.await_round();
    for (std::uint64_t i = 0; i < count; ++i)
      subject.add(std::chrono::microseconds{i});
    reads.await_round();
  }
  BOOST_TEST(most <= count);
  BOOST_TEST(total() == count);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tally_suite
