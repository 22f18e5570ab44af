// An application with message types of its own and two servers.

#include <caf/all.hpp>

#include <arpa/inet.h>
#include <stagedoor/stagedoor.hpp>
#include <sys/socket.h>

#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

struct reading {
  std::string place;
  double degrees = 0;
};

template <class Inspector>
stagedoor::caf_api::inspect_result<Inspector> inspect(Inspector& f,
                                                      reading& x) {
  return stagedoor::caf_api::inspect_fields(f, x, "reading", x.place,
                                            x.degrees);
}

CAF_BEGIN_TYPE_ID_BLOCK(consumer, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(consumer, (reading))
CAF_ADD_ATOM(consumer, consumer, measure_atom, "measure")
CAF_END_TYPE_ID_BLOCK(consumer)

static_assert(caf::id_block::consumer::end <= caf::id_block::stagedoor::begin,
              "the application's message types are below the server's");

using thermometer_actor = stagedoor::mounted_actor::extend<
    stagedoor::caf_api::reacts_to<reading>,
    stagedoor::caf_api::replies_to<consumer::measure_atom>::with<reading>>;

thermometer_actor::behavior_type
thermometer(thermometer_actor::stateful_pointer<reading> self) {
  auto& last = stagedoor::caf_api::state_of(self);
  return {[&last](const stagedoor::request&) {
            return stagedoor::ok(
                {{"place", last.place}, {"degrees", last.degrees}});
          },
          [&last](reading& next) { last = std::move(next); },
          [&last](consumer::measure_atom) { return last; }};
}

struct consumer_config : caf::actor_system_config {
  consumer_config() {
    stagedoor::caf_api::add_message_types<caf::id_block::consumer>(*this);
    stagedoor::configure(*this);
  }
};

stagedoor::server start(caf::actor_system& sys,
                        const thermometer_actor& mounted) {
  stagedoor::server_options options;
  options.port = 0;
  options.threads = 1;
  options.limits.connections_max = 16;
  auto result = stagedoor::serve(
      sys, options,
      {stagedoor::endpoint("/ws/").route("thermometer/$", mounted)});
  if (!result)
    throw std::runtime_error(stagedoor::text_of(result.error()));
  return std::move(*result);
}

/// A WebSocket with one message at a time, all of them short.
class client {
public:
  explicit client(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address))
      throw std::runtime_error("cannot connect");
    write("GET /ws/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    std::string head;
    while (!head.ends_with("\r\n\r\n"))
      head += read(1);
    if (!head.starts_with("HTTP/1.1 101 "))
      throw std::runtime_error(head);
  }

  ~client() { close(socket_); }

  client(const client&) = delete;
  client& operator=(const client&) = delete;

  std::string ask(const std::string& text) {
    // A mask of zeros changes nothing.
    write("\x81" + std::string(1, static_cast<char>(0x80 | text.size()))
          + std::string(4, '\0') + text);
    return read_frame();
  }

  /// @returns the payload of the next frame.
  std::string read_frame() {
    auto size = static_cast<unsigned char>(read(2)[1]);
    if (size < 126)
      return read(size);
    const auto wide = read(2);
    return read(static_cast<unsigned char>(wide[0]) * 256U
                + static_cast<unsigned char>(wide[1]));
  }

private:
  void write(const std::string& bytes) {
    if (send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
        != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("cannot send");
  }

  std::string read(std::size_t count) {
    std::string result(count, '\0');
    if (count > 0
        && recv(socket_, result.data(), count, MSG_WAITALL)
               != static_cast<ssize_t>(count))
      throw std::runtime_error("the server has ended the connection");
    return result;
  }

  int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

int main() {
  consumer_config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  auto mounted = sys.spawn(thermometer);
  self->send(mounted, reading{"roof", 12.5});
  std::optional<stagedoor::server> one = start(sys, mounted);
  auto other = start(sys, mounted);
  client of_one(one->port());
  client of_other(other.port());
  const std::string question = R"({"action":"read","route":"thermometer/"})";
  std::cout << of_one.ask(question) << '\n';
  one.reset();
  const auto farewell = of_one.read_frame();
  std::cout << "closed with "
            << static_cast<unsigned char>(farewell.at(0)) * 256
                   + static_cast<unsigned char>(farewell.at(1))
            << '\n';
  self->send(mounted, reading{"cellar", 8.25});
  std::cout << of_other.ask(question) << '\n';
  other.stop();
  self->request(mounted, caf::infinite, consumer::measure_atom_v)
      .receive(
          [](const reading& last) {
            std::cout << "the host reads " << last.degrees << " in the "
                      << last.place << '\n';
          },
          [](const caf::error& error) {
            std::cout << stagedoor::text_of(error) << '\n';
          });
  return 0;
}
