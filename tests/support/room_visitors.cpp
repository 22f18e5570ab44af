#include "room_visitors.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>

#include "channel.hpp"

namespace stagedoor::test {

namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds pause{5};

} // namespace

void room_visitors::add(const std::function<websocket_client()>& connect) {
  for (std::size_t i = 0; i < clients; ++i)
    threads_.emplace_back([this, connect] { visit_all(connect); });
}

void room_visitors::visit_all(
    const std::function<websocket_client()>& connect) {
  while (!stopping_)
    try {
      auto client = connect();
      for (std::size_t i = 0; !stopping_; ++i)
        visit(client, i % rooms);
    } catch (const std::exception&) {
      std::this_thread::sleep_for(pause);
    }
}

void room_visitors::visit(websocket_client& client, std::size_t room) {
  const auto asked = key_history::clock::now();
  const auto text = client.ask(R"({"action":"visit","route":"rooms/r)"
                               + std::to_string(room) + R"(/"})");
  auto answer = json::parse(text).as_object();
  // A server that drains says so in between.
  while (answer.contains("type"))
    answer = json::parse(client.read_text()).as_object();
  if (answer.at("status") != 200) {
    std::this_thread::sleep_for(pause);
    return;
  }
  const auto& data = answer.at("data").as_object();
  history_.add(room,
               {data.at("opened").as_int64(), data.at("visits").as_int64(),
                asked, key_history::clock::now()});
}

void room_visitors::await_all(const std::string& when) {
  const auto since = key_history::clock::now();
  const auto holds = [&] { return history_.keys_since(since) == rooms; };
  BOOST_TEST((eventually(holds) || eventually(holds) || eventually(holds)),
             when);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      key_history::clock::now() - since);
  BOOST_TEST_MESSAGE(when << ": all rooms are open after " << took.count()
                          << " ms");
}

void room_visitors::check_history() {
  stop();
  for (const auto& fault : history_.faults())
    BOOST_ERROR(fault);
  BOOST_TEST_MESSAGE(history_.text());
  BOOST_TEST(history_.visits() > 0U);
}

void room_visitors::stop() {
  stopping_ = true;
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

} // namespace stagedoor::test
