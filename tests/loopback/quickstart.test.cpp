// The first program that users copy, as they start it: what `run_server` does
// with a command line and with signals.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/raw_client.hpp"
#include "support/running_program.hpp"
#include "support/temporary_file.hpp"
#include "support/test_server.hpp"

namespace quickstart_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using strings = std::vector<std::string>;

strings command(strings arguments) {
  arguments.insert(arguments.begin(), STAGEDOOR_QUICKSTART);
  return arguments;
}

/// The program while it serves.
struct running_quickstart : running_program {
  explicit running_quickstart(strings arguments = {})
      : running_program(command(std::move(arguments))) {}
};

/// Checks that the program refuses to run, with one line about `option`.
void check_refuses(const strings& arguments, const std::string& option) {
  child_process program(command(arguments));
  BOOST_TEST(program.wait() == 2);
  const auto& errors = program.errors();
  BOOST_TEST(std::count(errors.begin(), errors.end(), '\n') == 1);
  BOOST_TEST(errors.ends_with("\n"));
  BOOST_TEST(errors.find(option) != std::string::npos, errors);
  BOOST_TEST(program.output().find("listening") == std::string::npos);
}

} // namespace

BOOST_AUTO_TEST_SUITE(quickstart)

BOOST_AUTO_TEST_CASE(says_where_it_listens_and_drains_on_a_signal) {
  const temporary_file users(
      R"({"users":[{"id":1,"username":"alice","token":"t"}]})");
  for (const auto signal : {SIGTERM, SIGINT, SIGHUP}) {
    running_quickstart server({"--users=" + users.path()});
    BOOST_TEST(server.path == "/ws/");
    websocket_client client(
        server.port, opening_text("/ws/").set("Authorization", "Bearer t"));
    BOOST_TEST(
        client.ask(
            R"({"action":"your_custom_action","route":"test_child_route/7/"})")
        == success(R"({"message":"your_custom_action will be handled",)"
                   R"("model_id":"7"})",
                   "your_custom_action", "test_child_route/7/"));
    server.process.send_signal(signal);
    check_drained(client);
    client.send_close(4012);
    client.close();
    BOOST_TEST(server.process.wait() == 0);
    BOOST_TEST(server.process.errors() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_it_at_once) {
  running_quickstart server;
  // A client that does not answer its close holds the drain up.
  websocket_client client(server.port, "/ws/");
  client.send_bytes(ping_frame());
  BOOST_TEST((client.read_frame().kind == opcode::pong));
  server.process.send_signal(SIGTERM);
  server.process.wait_for_line("draining");
  server.process.send_signal(SIGINT);
  BOOST_TEST(server.process.wait() == 1);
}

BOOST_AUTO_TEST_CASE(a_log_that_nobody_reads_holds_up_nothing) {
  // A second signal, or none, behind the first one.
  for (const bool is_hurried : {false, true}) {
    running_quickstart server;
    server.process.shrink_output();
    // Each end of a connection is a line in the log.
    for (int i = 0; i < 100; ++i) {
      websocket_client client(server.port, "/ws/");
      BOOST_TEST(client.say_goodbye().code == 1000);
    }
    raw_client probe(server.port);
    probe.send_bytes("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(probe.read_http_answer().starts_with("HTTP/1.1 200 "));
    probe.close();
    websocket_client client(server.port, "/ws/");
    client.send_bytes(ping_frame());
    BOOST_TEST((client.read_frame().kind == opcode::pong));
    server.process.send_signal(SIGTERM);
    check_drained(client);
    if (is_hurried)
      server.process.send_signal(SIGTERM);
    else
      client.send_close(4012);
    client.close();
    BOOST_TEST(eventually([&] { return server.process.has_ended(); }));
    BOOST_TEST(server.process.wait() == (is_hurried ? 1 : 0));
  }
}

BOOST_AUTO_TEST_CASE(outlives_the_reader_of_its_log) {
  running_quickstart server;
  server.process.stop_reading();
  for (int i = 0; i < 3; ++i) {
    // Each end of a connection is a line in the log.
    websocket_client client(server.port, "/ws/");
    BOOST_TEST(client.say_goodbye().code == 1000);
  }
  server.process.send_signal(SIGTERM);
  BOOST_TEST(server.process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(closes_with_registered_codes_if_it_is_told_to) {
  running_quickstart server({"--standard-close-codes"});
  websocket_client client(server.port, "/ws/");
  server.process.send_signal(SIGTERM);
  const auto told = client.read_text();
  const auto close = client.read_close();
  BOOST_TEST(close.code == 1012);
  BOOST_TEST(told == draining_text(close.reason));
  client.send_close(1012);
  client.close();
  BOOST_TEST(server.process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_wrong_in_one_line) {
  check_refuses({"--prot=1"}, "prot");
  check_refuses({"--bind=localhost", "--port=0"}, "bind");
  check_refuses({"--log-level=loud"}, "log-level");
  check_refuses({"serve"}, "serve");
  const test_server other;
  check_refuses({"--port=" + std::to_string(other.port())}, "port");
}

BOOST_AUTO_TEST_CASE(runs_the_commands_and_helps) {
  child_process matrix(command({"collectpermissions"}));
  BOOST_TEST(matrix.wait() == 0);
  BOOST_TEST(matrix.output().find("test_child_route/") != std::string::npos);
  child_process help(command({"--help"}));
  BOOST_TEST(help.wait() == 0);
  BOOST_TEST((help.output() + help.errors()).find("--port")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(joins_a_cluster) {
  running_quickstart server({"--node=a"});
  server.process.send_signal(SIGTERM);
  BOOST_TEST(server.process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_program_may_have_actors_of_its_own) {
  running_program server({STAGEDOOR_PRICES});
  websocket_client client(server.port, "/ws/");
  const auto look_up = [&](const std::string& item) {
    return client.ask(R"({"action":"look_up","route":"prices/","item":")" + item
                      + "\"}");
  };
  BOOST_TEST(look_up("apple")
             == success(R"({"cents":120})", "look_up", "prices/"));
  BOOST_TEST(look_up("pear").find("\"status\":500") != std::string::npos);
  // Its actors keep neither the server nor the program.
  server.process.send_signal(SIGTERM);
  check_drained(client);
  client.send_close(4012);
  client.close();
  BOOST_TEST(server.process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(such_a_program_has_the_commands_as_well) {
  child_process program({STAGEDOOR_PRICES, "collectpermissions"});
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(program.output().find("look_up") != std::string::npos);
  check_refuses({"--format=json"}, "format");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace quickstart_suite
