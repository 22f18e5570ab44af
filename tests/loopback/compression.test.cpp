// permessage-deflate as a client meets it: Beast's own, and one by hand.

#include "stagedoor/protocol/websocket/message_deflate.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/envelopes.hpp"
#include "support/http_texts.hpp"

namespace compression_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::string_literals;

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

namespace {

using test_opcode = stagedoor::test::opcode;

constexpr std::size_t bytes_max = 64 * 1024;

/// Answers with the text that it is given.
endpoint_spec echoing() {
  return endpoint("/deflate/", handler("root").action(
                                   "echo",
                                   [](arg<"x", std::string> x) {
                                     return ok(json::value(json::string(*x)));
                                   }))
      .compression();
}

test_server::edit with_limit() {
  return limited([](limits& bounds) { bounds.message_bytes_max = bytes_max; });
}

std::string echo_of(const std::string& text) {
  return R"({"action":"echo","x":")" + text + "\"}";
}

/// A message of exactly so many bytes.
std::string echo_of_size(std::size_t bytes) {
  return echo_of(std::string(bytes - echo_of("").size(), 'x'));
}

/// Letters and digits that nothing can be said of beforehand.
std::string random_text(std::size_t size) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::minstd_rand bits{static_cast<unsigned>(size + 1)};
  std::string result;
  for (std::size_t i = 0; i < size; ++i)
    result += letters[(bits() >> 8) % letters.size()];
  return result;
}

/// A client with Beast's own WebSocket stream.
class beast_client {
public:
  beast_client(const test_server& server,
               const websocket::permessage_deflate& options)
      : stream_(work_) {
    stream_.set_option(options);
    stream_.read_message_max(0);
    asio::ip::tcp::endpoint to{asio::ip::address_v4::loopback(), server.port()};
    stream_.next_layer().connect(to);
    stream_.handshake(answer_, "127.0.0.1", "/deflate/");
  }

  /// What the server agreed to.
  [[nodiscard]] std::string extensions() const {
    return std::string{answer_["Sec-WebSocket-Extensions"]};
  }

  void send(std::string_view text) {
    stream_.write(asio::buffer(text.data(), text.size()));
  }

  /// Sends a text in parts of so many bytes.
  void send_parts(std::string_view text, std::size_t bytes) {
    for (; text.size() > bytes; text.remove_prefix(bytes))
      stream_.write_some(false, asio::buffer(text.data(), bytes));
    stream_.write_some(true, asio::buffer(text.data(), text.size()));
  }

  std::string read() {
    beast::flat_buffer buffer;
    stream_.read(buffer);
    return beast::buffers_to_string(buffer.data());
  }

  std::string ask(std::string_view text) {
    send(text);
    return read();
  }

  /// The code that the server closes with.
  unsigned read_close() {
    beast::flat_buffer buffer;
    beast::error_code error;
    stream_.read(buffer, error);
    BOOST_TEST((error == websocket::error::closed));
    return stream_.reason().code;
  }

  unsigned close() {
    stream_.close(websocket::close_code::normal);
    return stream_.reason().code;
  }

private:
  asio::io_context work_;
  websocket::stream<asio::ip::tcp::socket> stream_;
  websocket::response_type answer_;
};

websocket::permessage_deflate compressing() {
  websocket::permessage_deflate result;
  result.client_enable = true;
  return result;
}

/// With and without takeover on either side, and with windows and levels of
/// each size.
std::vector<websocket::permessage_deflate> all_options() {
  std::vector<websocket::permessage_deflate> result;
  for (const bool server : {false, true})
    for (const bool client : {false, true}) {
      auto options = compressing();
      options.server_no_context_takeover = server;
      options.client_no_context_takeover = client;
      result.push_back(options);
    }
  for (const int bits : {9, 12, 15}) {
    auto options = compressing();
    options.server_max_window_bits = bits;
    options.client_max_window_bits = bits;
    result.push_back(options);
  }
  for (const int level : {0, 1, 9}) {
    auto options = compressing();
    options.compLevel = level;
    result.push_back(options);
  }
  return result;
}

/// A client by hand that was promised compression.
struct deflating_client : websocket_client {
  explicit deflating_client(const test_server& server)
      : websocket_client(server.port(), opening_text("/deflate/")
                                            .set("Sec-WebSocket-Extensions",
                                                 "permessage-deflate")) {}

  void send_compressed(std::string_view payload,
                       test_opcode kind = test_opcode::text) {
    send_frame(true, kind, payload, true, 4);
  }
};

/// A message whose stream ends with it: RFC 7692, section 7.2.3.4.
std::string ended(std::string_view text) {
  beast::zlib::deflate_stream deflate;
  std::string result(text.size() + 1000, '\0');
  beast::zlib::z_params work{};
  work.next_in = text.data();
  work.avail_in = text.size();
  work.next_out = result.data();
  work.avail_out = result.size();
  beast::error_code error;
  deflate.write(work, beast::zlib::Flush::finish, error);
  BOOST_TEST((error == beast::zlib::error::end_of_stream));
  result.resize(work.total_out);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(compression)

// -- Beast's client -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(echoes_messages_of_every_kind_with_every_option) {
  test_server server({echoing()}, with_limit());
  for (const auto& options : all_options()) {
    beast_client client(server, options);
    BOOST_TEST(client.extensions().starts_with("permessage-deflate"));
    for (const std::size_t size :
         {0U, 1U, 20U, 125U, 126U, 4096U, 20'000U, 65'000U, 0U, 3U}) {
      for (const auto& text : {std::string(size, 'x'), random_text(size),
                               random_text(size), std::string(size, 'x')}) {
        const auto answer = client.ask(echo_of(text));
        BOOST_TEST((answer == success('"' + text + '"', "echo")));
      }
    }
    BOOST_TEST(client.close() == 1000u);
  }
}

BOOST_AUTO_TEST_CASE(agrees_to_what_beast_asks_for) {
  test_server server({echoing()});
  const auto extensions = [&](bool server_no, bool client_no, int bits) {
    auto options = compressing();
    options.server_no_context_takeover = server_no;
    options.client_no_context_takeover = client_no;
    options.server_max_window_bits = bits;
    return beast_client(server, options).extensions();
  };
  // Beast's client always names the server's window.
  const auto all = "permessage-deflate; server_no_context_takeover; "
                   "client_no_context_takeover; server_max_window_bits=9"s;
  BOOST_TEST(extensions(false, false, 15)
             == "permessage-deflate; server_max_window_bits=15");
  BOOST_TEST(extensions(true, false, 15)
             == "permessage-deflate; server_no_context_takeover; "
                "server_max_window_bits=15");
  BOOST_TEST(extensions(false, true, 10)
             == "permessage-deflate; client_no_context_takeover; "
                "server_max_window_bits=10");
  BOOST_TEST(extensions(true, true, 9) == all);
}

BOOST_AUTO_TEST_CASE(reads_compressed_messages_in_parts) {
  test_server server({echoing()}, with_limit());
  for (const auto& options : all_options()) {
    beast_client client(server, options);
    for (const std::size_t bytes : {1U, 7U, 100U, 5000U}) {
      const auto text = random_text(bytes * 12);
      client.send_parts(echo_of(text), bytes);
      BOOST_TEST((client.read() == success('"' + text + '"', "echo")));
    }
  }
}

BOOST_AUTO_TEST_CASE(answers_many_messages_in_order) {
  test_server server({echoing()});
  beast_client client(server, compressing());
  for (std::size_t i = 0; i < 500; ++i)
    client.send(echo_of(random_text(i)));
  for (std::size_t i = 0; i < 500; ++i)
    BOOST_TEST((client.read() == success('"' + random_text(i) + '"', "echo")));
}

// -- the limit of a message ---------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_the_limit_of_a_whole_message_exactly) {
  test_server server({echoing()}, with_limit());
  for (const auto& options : all_options()) {
    // What is only stored is longer on the wire than it was.
    if (options.compLevel == 0)
      continue;
    beast_client client(server, options);
    for (int i = 0; i < 2; ++i)
      BOOST_TEST(client.ask(echo_of_size(bytes_max)).size() > 65'000u);
    const auto noise = random_text(bytes_max - echo_of("").size());
    BOOST_TEST(
        (client.ask(echo_of(noise)) == success('"' + noise + '"', "echo")));
    client.send(echo_of_size(bytes_max + 1));
    BOOST_TEST(client.read_close() == 1009u);
  }
}

BOOST_AUTO_TEST_CASE(a_bomb_is_too_big) {
  test_server server({echoing()}, with_limit());
  for (const std::size_t size : {2 * bytes_max, std::size_t{20'000'000}}) {
    beast_client client(server, compressing());
    client.send(echo_of_size(size));
    BOOST_TEST(client.read_close() == 1009u);
    deflating_client other(server);
    message_deflate deflate{{}};
    other.send_compressed(deflate.compress(echo_of_size(size)));
    BOOST_TEST(other.read_close()
               == (close_text{1009, "a message over the limit"}));
  }
  // Nobody else notices.
  beast_client witness(server, compressing());
  BOOST_TEST(witness.ask(echo_of("x")) == success(R"("x")", "echo"));
}

// -- a client by hand ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(writes_compressed_frames_and_reads_both_kinds) {
  test_server server({echoing()});
  deflating_client client(server);
  message_deflate deflate{{}};
  const auto hear = [&] {
    const auto heard = client.read_frame();
    BOOST_TEST(heard.fin);
    BOOST_TEST(heard.rsv == 4);
    BOOST_TEST((heard.kind == test_opcode::text));
    std::string text;
    BOOST_TEST(
        (deflate.expand(heard.payload, bytes_max, text) == close_code::none));
    return text;
  };
  client.send_compressed(deflate.compress(echo_of("a")));
  BOOST_TEST(hear() == success(R"("a")", "echo"));
  // A client need not compress what it sends.
  client.send_text(echo_of("b"));
  BOOST_TEST(hear() == success(R"("b")", "echo"));
  client.send_compressed(deflate.compress(echo_of("c")));
  BOOST_TEST(hear() == success(R"("c")", "echo"));
  // Control frames never are.
  client.send_frame(true, test_opcode::ping, "are you there?");
  const auto pong = client.read_frame();
  BOOST_TEST((pong.kind == test_opcode::pong));
  BOOST_TEST(pong.rsv == 0);
  BOOST_TEST(pong.payload == "are you there?");
  BOOST_TEST(client.say_goodbye().code == 1000);
}

BOOST_AUTO_TEST_CASE(a_client_may_end_its_stream_with_each_message) {
  test_server server({echoing()});
  deflating_client client(server);
  message_deflate deflate{{}};
  // With and without the byte that the RFC wants behind the end, which is
  // somewhere else in the last byte each time.
  for (std::size_t size = 0; size < 40; ++size)
    for (const auto& behind : {"\0"s, ""s}) {
      const std::string text(size, 'x');
      client.send_compressed(ended(echo_of(text)) + behind);
      std::string heard;
      BOOST_TEST((deflate.expand(client.read_frame().payload, bytes_max, heard)
                  == close_code::none));
      BOOST_TEST(heard == success('"' + text + '"', "echo"));
    }
}

BOOST_AUTO_TEST_CASE(garbage_is_not_compressed) {
  test_server server({echoing()});
  for (const auto& garbage :
       {"\xFF\xFF\xFF"s, "\0\5\0\0\0abcde"s, echo_of("x")})
    for (const auto kind : {test_opcode::text, test_opcode::binary}) {
      deflating_client client(server);
      client.send_compressed(garbage, kind);
      BOOST_TEST(client.read_close()
                 == (close_text{1007, "a bad compressed message"}));
    }
}

BOOST_AUTO_TEST_CASE(what_was_compressed_is_utf8) {
  test_server server({echoing()});
  for (const auto* bad : {"\xFF", "\xC3", "\xED\xA0\x80"}) {
    deflating_client client(server);
    message_deflate deflate{{}};
    client.send_compressed(deflate.compress(echo_of(bad)));
    client.send_compressed(deflate.compress(bad));
    BOOST_TEST(client.read_close()
               == (close_text{1007, "a text that is not UTF-8"}));
  }
  beast_client client(server, compressing());
  BOOST_TEST(client.ask(echo_of("\xE2\x82\xAC"))
             == success("\"\xE2\x82\xAC\"", "echo"));
}

BOOST_AUTO_TEST_CASE(an_empty_message_is_malformed_and_no_more) {
  test_server server({echoing()});
  beast_client client(server, compressing());
  const auto answer = client.ask("");
  BOOST_TEST(answer.find(R"("status":400)") != std::string::npos);
  BOOST_TEST(client.ask(echo_of("x")) == success(R"("x")", "echo"));
}

BOOST_AUTO_TEST_CASE(a_frame_is_compressed_only_where_that_was_agreed_on) {
  test_server server({echoing()});
  message_deflate deflate{{}};
  const auto compressed = deflate.compress(echo_of("x"));
  websocket_client plain(server.port(), "/deflate/");
  plain.send_frame(true, test_opcode::text, compressed, true, 4);
  BOOST_TEST(plain.read_close().code == 1002);
  // Nor is a control frame, or a part that is not the first one.
  deflating_client client(server);
  client.send_frame(true, test_opcode::ping, "x", true, 4);
  BOOST_TEST(client.read_close().code == 1002);
  deflating_client other(server);
  other.send_frame(false, test_opcode::text, compressed, true, 4);
  other.send_frame(true, test_opcode::continuation, "", true, 4);
  BOOST_TEST(other.read_close().code == 1002);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace compression_suite
