#include "newsroom_address.hpp"

namespace stagedoor::test {

websocket_client newsroom_address::client(const std::string& target) const {
  const network_namespace::visit inside{where_.get()};
  return {port_, target};
}

std::unique_ptr<newsroom_load>
newsroom_address::load(std::size_t clients) const {
  const network_namespace::visit inside{where_.get()};
  return std::make_unique<newsroom_load>(port_, clients);
}

bool newsroom_address::sees(const std::string& other) const {
  const network_namespace::visit inside{where_.get()};
  raw_client client(port_);
  client.send_bytes("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = client.read_http_answer();
  const auto at = answer.find(R"("name":")" + other + '"');
  return at != std::string::npos
         && answer.substr(at, answer.find('}', at) - at)
                .ends_with(R"("up":true)");
}

bool newsroom_address::serves() const {
  return client("/ws/")
             .ask(R"({"action":"your_custom_action","route":"open/7/"})")
             .find(R"("status":200)")
         != std::string::npos;
}

} // namespace stagedoor::test
