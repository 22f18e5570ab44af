#pragma once

#include <boost/test/unit_test.hpp>

#include <string>

#include "channel.hpp"
#include "newsroom_address.hpp"

namespace stagedoor::test {

/// Somebody in the room of the test, who came in at one of the nodes.
class room_member {
public:
  room_member(const newsroom_address& address, const std::string& who)
      : client_(address.client("/ws/?token=" + who + "-token")) {}

  void join() {
    BOOST_TEST(ask("join").find(R"("status":200)") != std::string::npos);
  }

  void say(const std::string& text) {
    BOOST_TEST(ask("say", R"(,"text":")" + text + '"').find(R"("status":200)")
               != std::string::npos);
  }

  /// Waits until it hears that, whatever it hears before.
  void hears(const std::string& text) {
    while (client_.read_text().find('"' + text + '"') == std::string::npos) {
    }
  }

  /// Waits until it finds somebody in the room.
  /// @returns whether that was so in time.
  [[nodiscard]] bool finds(const std::string& whom) {
    return eventually([&] {
      return ask("members").find('"' + whom + '"') != std::string::npos;
    });
  }

private:
  /// @returns the envelope: events may come before it.
  std::string ask(const std::string& action, const std::string& more = {}) {
    client_.send_text(R"({"action":")" + action
                      + R"(","route":"rooms/nodes/","request_id":1)" + more
                      + '}');
    for (;;) {
      auto text = client_.read_text();
      if (text.find(R"("request_id":1)") != std::string::npos)
        return text;
    }
  }

  websocket_client client_;
};

} // namespace stagedoor::test
