// The metrics of a server, as Prometheus reads them over HTTP: each number
// moves by what was done, and no client makes new ones.

#include "stagedoor/actors/operators/operator_limits.hpp"
#include "stagedoor/actors/operators/page_server.hpp"
#include "stagedoor/actors/operators/tally.hpp"
#include "stagedoor/permissions/custom_permission.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/fake_cluster.hpp"
#include "support/metrics_reading.hpp"
#include "support/raw_client.hpp"
#include "support/test_server.hpp"

namespace metrics_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;
using reading = metrics_reading;

void with_metrics(server_options& options) {
  options.metrics.emplace();
}

/// How a sample of answered messages is called.
std::string messages(const std::string& route, const std::string& action,
                     int status, const std::string& endpoint = "/ws/") {
  return "stagedoor_messages_total{endpoint=\"" + endpoint + "\",route=\""
         + route + "\",action=\"" + action + "\",status=\""
         + std::to_string(status) + "\"}";
}

std::string decisions(const std::string& question,
                      const std::string& decision) {
  return "stagedoor_permission_decisions_total{question=\"" + question
         + "\",decision=\"" + decision + "\"}";
}

const std::string child_pattern = R"(test_child_route/(?P<pk>[-\\w]+)/$)";

std::string child_message(const std::string& pk) {
  return R"({"action":"your_custom_action","route":"test_child_route/)" + pk
         + "/\"}";
}

struct metrics_fixture {
  test_server server{newsroom::endpoints(), with_metrics};

  [[nodiscard]] reading read() { return reading{server->metrics_port()}; }

  /// Waits until a sample has a value: for what a client does not hear of.
  void await(const std::string& sample, double value) {
    BOOST_TEST_CONTEXT(sample)
    BOOST_TEST(eventually([&] { return read()(sample) == value; }));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(metrics, metrics_fixture)

BOOST_AUTO_TEST_CASE(are_off_unless_asked_for) {
  test_server plain;
  BOOST_TEST(plain->metrics_port() == 0);
  BOOST_TEST(server->metrics_port() != 0);
  BOOST_TEST(server->metrics_port() != server.port());
}

BOOST_AUTO_TEST_CASE(are_served_in_the_text_format) {
  const auto answer = get_page(server->metrics_port());
  BOOST_TEST(answer.starts_with("HTTP/1.1 200 "));
  BOOST_TEST(answer.find("Content-Type: text/plain") != std::string::npos);
  BOOST_TEST(answer.find("# TYPE stagedoor_connections gauge\n")
             != std::string::npos);
  BOOST_TEST(get_page(server->metrics_port(), "/nowhere")
                 .starts_with("HTTP/1.1 404 "));
}

BOOST_AUTO_TEST_CASE(every_family_is_documented) {
  test_server all(newsroom::endpoints(), [](server_options& options) {
    with_metrics(options);
    options.cluster = std::make_shared<fake_cluster>();
  });
  std::ifstream file{STAGEDOOR_SOURCE_DIR "/actors/operators/README.md"};
  const std::string page{std::istreambuf_iterator<char>{file}, {}};
  std::istringstream lines{reading{all->metrics_port()}.text()};
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("# TYPE ")) {
      ++count;
      const auto name = line.substr(7, line.find(' ', 7) - 7);
      BOOST_TEST_CONTEXT(name) {
        BOOST_TEST(page.find("`" + name + "`") != std::string::npos);
      }
    }
  BOOST_TEST(count == 21u);
}

BOOST_AUTO_TEST_CASE(what_has_not_happened_yet_is_there_with_0) {
  const auto now = read();
  for (const auto& sample :
       {messages("", "ping", 200), messages("counter/", "increment", 200),
        messages(child_pattern, "your_custom_action", 200),
        messages("", "ping", 200, "/strict/"),
        std::string{"stagedoor_handshakes_total{result=\"accepted\"}"},
        std::string{"stagedoor_handshakes_total{result=\"403\"}"},
        std::string{"stagedoor_handshakes_total{result=\"gone\"}"},
        std::string{"stagedoor_closes_total{code=\"none\"}"},
        std::string{"stagedoor_closes_total{code=\"other\"}"},
        std::string{"stagedoor_closes_total{code=\"4013\"}"},
        std::string{"stagedoor_drops_total{reason=\"push\"}"},
        decisions("has_permission", "deny")})
    BOOST_TEST(now(sample) == 0, sample);
}

BOOST_AUTO_TEST_CASE(requests_that_do_not_end_hold_up_nobody) {
  constexpr auto most = operator_limits::metrics_requests_max;
  // With so much time that none of them is dropped for being late.
  const auto pages = page_server::listen(
      "127.0.0.1", 0, "/metrics", [] { return "page"; }, 10min);
  BOOST_REQUIRE(pages);
  std::vector<std::unique_ptr<raw_client>> halves;
  const auto begin_another = [&] {
    halves.push_back(std::make_unique<raw_client>((*pages)->port()));
    halves.back()->send_bytes("GET /metrics HTTP/1.1\r\nHost: ");
  };
  const auto finish = [&](std::size_t index) {
    halves[index]->send_bytes("localhost\r\n\r\n");
    return halves[index]->read_http_answer();
  };
  while (halves.size() < most)
    begin_another();
  BOOST_TEST(finish(0).starts_with("HTTP/1.1 200 "));
  // The oldest one makes room, although it has only its end to wait for.
  begin_another();
  BOOST_TEST(finish(1).starts_with("HTTP/1.1 200 "));
  begin_another();
  begin_another();
  BOOST_TEST((halves[2]->expect_eof() || halves[2]->is_reset()));
  BOOST_TEST(finish(3).starts_with("HTTP/1.1 200 "));
  BOOST_TEST(finish(most + 2).starts_with("HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_CASE(a_page_that_finds_no_thread_is_an_error) {
  pthread_attr_t before;
  BOOST_REQUIRE(pthread_getattr_default_np(&before) == 0);
  // A stack that no address space has room for.
  auto huge = before;
  constexpr auto stack_bytes = std::size_t{1} << 47;
  BOOST_REQUIRE(pthread_attr_setstacksize(&huge, stack_bytes) == 0);
  BOOST_REQUIRE(pthread_setattr_default_np(&huge) == 0);
  const auto pages =
      page_server::listen("127.0.0.1", 0, "/", [] { return ""; });
  BOOST_REQUIRE(pthread_setattr_default_np(&before) == 0);
  BOOST_REQUIRE(!pages);
  BOOST_TEST((code_of(pages.error()) == errc::cannot_listen));
}

BOOST_AUTO_TEST_CASE(a_request_that_is_no_scrape_is_refused) {
  const auto ask = [&](const std::string& text) {
    raw_client client(server->metrics_port());
    client.send_bytes(text);
    const auto answer = client.read_http_answer();
    return answer.substr(0, answer.find("\r\n"));
  };
  BOOST_TEST(ask("POST /metrics HTTP/1.1\r\n\r\n")
             == "HTTP/1.1 405 Method Not Allowed");
  BOOST_TEST(ask("nonsense\r\n\r\n") == "HTTP/1.1 400 Bad Request");
  BOOST_TEST(ask("GET /metrics?x=1 HTTP/1.1\r\n\r\n") == "HTTP/1.1 200 OK");
  BOOST_TEST(ask("GET /metrics HTTP/1.0\r\n\r\n") == "HTTP/1.0 200 OK");
  const auto head_of = [](std::size_t bytes) {
    const std::string begin = "GET /metrics HTTP/1.1\r\nX: ";
    return begin + std::string(bytes - begin.size() - 4, 'x') + "\r\n\r\n";
  };
  constexpr auto most = operator_limits::metrics_head_bytes_max;
  BOOST_TEST(ask(head_of(most)) == "HTTP/1.1 200 OK");
  BOOST_TEST(ask(head_of(most + 1))
             == "HTTP/1.1 431 Request Header Fields Too Large");
}

BOOST_AUTO_TEST_CASE(messages_count_by_route_action_and_status) {
  websocket_client anybody(server.port(), "/ws/");
  websocket_client alice(server.port(), "/ws/?token=alice-token");
  for (int i = 0; i < 3; ++i)
    anybody.ask(ping_text);
  alice.ask(child_message("1"));
  alice.ask(child_message("2"));
  anybody.ask(child_message("3"));
  anybody.ask(R"({"action":"nope"})");
  anybody.ask(R"({"action":"ping","route":"no/such/route/"})");
  anybody.ask("no JSON");
  anybody.ask(R"({"route":"counter/"})");
  anybody.ask(R"({"action":"increment","route":"counter/?x=1"})");
  anybody.ask(R"({"action":"throw","route":"counter/"})");
  const auto now = read();
  BOOST_TEST(now(messages("", "ping", 200)) == 3);
  BOOST_TEST(now(messages(child_pattern, "your_custom_action", 200)) == 2);
  BOOST_TEST(now(messages(child_pattern, "your_custom_action", 403)) == 1);
  BOOST_TEST(now(messages("", "other", 405)) == 1);
  BOOST_TEST(now(messages("", "other", 404)) == 2);
  BOOST_TEST(now(messages("", "other", 400)) == 1);
  BOOST_TEST(now(messages("counter/", "increment", 200)) == 1);
  BOOST_TEST(now(messages("counter/", "throw", 500)) == 1);
  BOOST_TEST(now.all("stagedoor_messages_total").size() == 8u);
}

BOOST_AUTO_TEST_CASE(what_json_cannot_express_is_counted) {
  test_server odd(
      {endpoint("/ws/", handler("odd")
                            .action("reply", [] { return ok("\xFF"); })
                            .action("push",
                                    [](const context& ctx) {
                                      ctx.push({"\xFF", nullptr});
                                      ctx.broadcast("all", {"x", "\xFF"});
                                    })
                            .action("good", [] {}))},
      with_metrics);
  websocket_client client(odd.port(), "/ws/");
  client.ask(R"({"action":"reply"})");
  client.ask(R"({"action":"push"})");
  client.ask(R"({"action":"good"})");
  BOOST_TEST(eventually([&] {
    return reading{odd->metrics_port()}(
               "stagedoor_drops_total{reason=\"not_json\"}")
           == 3;
  }));
}

BOOST_AUTO_TEST_CASE(late_answers_and_refreshes_count_as_well) {
  websocket_client client(server.port(), "/ws/?token=alice-token");
  client.ask(R"({"action":"nap","route":"slow/","ms":1})");
  client.ask(R"({"action":"sleep","route":"slow/","ms":1})");
  client.ask(R"({"action":"refresh","route":"$auth/","token":"alice-token"})");
  client.ask(R"({"action":"refresh","route":"$auth/","token":"x"})");
  client.ask(R"({"action":"refresh","route":"$auth/"})");
  client.ask(R"({"action":"forge","route":"$auth/"})");
  client.ask(R"({"action":"refresh","route":"$auth/more"})");
  const auto now = read();
  BOOST_TEST(now(messages("slow/", "nap", 200)) == 1);
  BOOST_TEST(now(messages("slow/", "sleep", 200)) == 1);
  BOOST_TEST(now(messages("$auth/", "refresh", 200)) == 1);
  BOOST_TEST(now(messages("$auth/", "refresh", 401)) == 1);
  BOOST_TEST(now(messages("$auth/", "refresh", 400)) == 1);
  BOOST_TEST(now(messages("", "other", 405)) == 1);
  BOOST_TEST(now(messages("", "other", 404)) == 1);
  BOOST_TEST(now.all("stagedoor_messages_total").size() == 7u);
}

BOOST_AUTO_TEST_CASE(questions_what_is_allowed_count_as_one_message) {
  websocket_client client(server.port(), "/ws/");
  client.ask(
      R"({"action":"check","route":"$can/","of":[{"action":"ping"},)"
      R"({"action":"nope"},{"route":"nowhere/","action":"ping"},)"
      R"({"route":"test_child_route/1/","action":"your_custom_action"}]})");
  const auto now = read();
  BOOST_TEST(now(messages("$can/", "check", 200)) == 1);
  BOOST_TEST(now.all("stagedoor_messages_total").size() == 1u);
  BOOST_TEST(now(decisions("has_permission", "allow")) == 0);
  BOOST_TEST(now(decisions("has_permission", "deny")) == 0);
}

BOOST_AUTO_TEST_CASE(no_client_makes_a_label) {
  for (int i = 0; i < 20; ++i) {
    const auto n = std::to_string(i);
    websocket_client client(server.port(), "/ws/");
    client.ask(R"({"action":"evil)" + n + "\"}");
    client.ask(R"({"action":"evil)" + n + R"(","route":"counter/"})");
    client.ask(R"({"action":"ping","route":"evil)" + n + "\"}");
    client.ask(R"({"action":"evil","route":"test_child_route/evil)" + n
               + "/\"}");
    client.ask(R"({"action":"evil)" + n + R"(","route":"$auth/evil"})");
    client.send_close(static_cast<std::uint16_t>(4100 + i), "evil");
    client.read_close();
    raw_client lost(server.port());
    lost.ask_http(opening_text("/evil" + n));
  }
  await("stagedoor_closes_total{code=\"other\"}", 20);
  const auto now = read();
  BOOST_TEST(now.text().find("evil") == std::string::npos);
  BOOST_TEST(
      now.all("stagedoor_messages_total")
          == (std::set{messages("", "other", 405), messages("", "other", 404),
                       messages("counter/", "other", 405),
                       messages(child_pattern, "other", 403)}),
      boost::test_tools::per_element());
  BOOST_TEST(now.all("stagedoor_closes_total").size() == 1u);
  BOOST_TEST(now.all("stagedoor_handshakes_total").size() == 2u);
}

BOOST_AUTO_TEST_CASE(units_are_summed) {
  websocket_client first(server.port(), "/ws/");
  websocket_client second(server.port(), "/ws/");
  BOOST_TEST(eventually([&] {
    return server->connections() == std::vector<std::size_t>{1, 1};
  }));
  first.ask(ping_text);
  second.ask(ping_text);
  second.ask(ping_text);
  const auto now = read();
  BOOST_TEST(now("stagedoor_connections{unit=\"0\"}") == 1);
  BOOST_TEST(now("stagedoor_connections{unit=\"1\"}") == 1);
  BOOST_TEST(now(messages("", "ping", 200)) == 3);
  BOOST_TEST(now("stagedoor_handshakes_total{result=\"accepted\"}") == 2);
  BOOST_TEST(now("stagedoor_unit_actors{unit=\"0\"}") > 1);
  BOOST_TEST(now("stagedoor_unit_actors{unit=\"1\"}") > 1);
}

BOOST_AUTO_TEST_CASE(two_servers_of_a_process_count_for_themselves) {
  test_server other(newsroom::endpoints(), with_metrics);
  websocket_client client(server.port(), "/ws/");
  client.ask(ping_text);
  websocket_client elsewhere(other.port(), "/strict/?token=bob-token");
  elsewhere.ask(ping_text);
  elsewhere.ask(ping_text);
  const reading there{other->metrics_port()};
  BOOST_TEST(read()(messages("", "ping", 200)) == 1);
  BOOST_TEST(there(messages("", "ping", 200, "/strict/")) == 2);
  BOOST_TEST(there.all("stagedoor_messages_total").size() == 1u);
}

BOOST_AUTO_TEST_CASE(handshakes_count_by_result) {
  websocket_client first(server.port(), "/ws/");
  websocket_client second(server.port(), "/ws/");
  for (const std::string target : {"/nowhere", "/nowhere", "/strict/",
                                   "/ws/?token=wrong", "/healthz", "/readyz"}) {
    raw_client client(server.port());
    client.ask_http(opening_text(target));
  }
  raw_client(server.port()).close();
  await("stagedoor_handshakes_total{result=\"gone\"}", 1);
  first.ask(ping_text);
  second.ask(ping_text);
  const auto now = read();
  const std::string name = "stagedoor_handshakes_total{result=";
  BOOST_TEST(now(name + "\"accepted\"}") == 2);
  BOOST_TEST(now(name + "\"404\"}") == 2);
  BOOST_TEST(now(name + "\"403\"}") == 1);
  BOOST_TEST(now(name + "\"401\"}") == 1);
  BOOST_TEST(now.all(name).size() == 5u);
}

BOOST_AUTO_TEST_CASE(ends_count_by_close_code) {
  for (const auto code : std::vector<std::uint16_t>{1000, 1000, 1001, 3000}) {
    websocket_client client(server.port(), "/ws/");
    client.send_close(code);
    client.read_close();
  }
  websocket_client cut_off(server.port(), "/ws/");
  cut_off.ask(ping_text);
  cut_off.reset();
  const std::string name = "stagedoor_closes_total{code=";
  await(name + "\"1000\"}", 2);
  await(name + "\"1001\"}", 1);
  await(name + "\"other\"}", 1);
  await(name + "\"none\"}", 1);
  BOOST_TEST(read().all(name).size() == 4u);
  await("stagedoor_connections{unit=\"0\"}", 0);
  await("stagedoor_connections{unit=\"1\"}", 0);
}

BOOST_AUTO_TEST_CASE(permissions_count_by_question_and_decision) {
  websocket_client alice(server.port(), "/ws/?token=alice-token");
  websocket_client carol(server.port(), "/ws/?token=carol-token");
  const std::string update =
      R"({"action":"partial_update","route":"articles/1/",)"
      R"("data":{"title":"News"}})";
  BOOST_TEST(alice.ask(update).ends_with("\"status\":200}"));
  BOOST_TEST(carol.ask(update).ends_with("\"status\":403}"));
  BOOST_TEST(carol.ask(ping_text) == pong_text);
  const auto now = read();
  BOOST_TEST(now(decisions("can_connect", "allow")) == 2);
  BOOST_TEST(now(decisions("can_connect", "deny")) == 0);
  BOOST_TEST(now(decisions("has_permission", "allow")) == 3);
  BOOST_TEST(now(decisions("has_permission", "error")) == 0);
  BOOST_TEST(now(decisions("has_object_permission", "allow")) == 1);
  BOOST_TEST(now(decisions("has_object_permission", "deny")) == 1);
  const std::string seconds = "stagedoor_permission_seconds";
  // Nobody was asked: all three depend on the user alone.
  BOOST_TEST(now(seconds + "_count{question=\"has_permission\"}") == 3);
  BOOST_TEST(now(seconds + "_sum{question=\"has_permission\"}") == 0);
  const std::string asked = "{question=\"has_object_permission\"";
  BOOST_TEST(now(seconds + "_count" + asked + "}") == 2);
  BOOST_TEST(now(seconds + "_sum" + asked + "}") > 0);
  BOOST_TEST(now(seconds + "_bucket" + asked + ",le=\"+Inf\"}") == 2);
  // Also the empty ones.
  BOOST_TEST(now.count(seconds + "_bucket" + asked)
             == time_tally::bounds.size() + 1);
}

BOOST_AUTO_TEST_CASE(cached_decisions_count) {
  const auto cacheable = custom_permission(
      "Known", [](const request&) { return true; }, cached{1h});
  test_server caching(
      {endpoint("/ws/", handler("root").permissions(cacheable).action(
                            "ping", [] { return ok(); }))},
      with_metrics);
  websocket_client client(caching.port(), "/ws/");
  for (int i = 0; i < 4; ++i)
    client.ask(ping_text);
  const reading now{caching->metrics_port()};
  BOOST_TEST(now("stagedoor_permission_cache_total{result=\"miss\"}") == 1);
  BOOST_TEST(now("stagedoor_permission_cache_total{result=\"hit\"}") == 3);
}

BOOST_AUTO_TEST_CASE(blocking_jobs_are_seen_waiting_and_running) {
  gate block_gate;
  std::atomic<int> runs = 0;
  const auto root = handler("root")
                        .permissions(allow_any())
                        .action(
                            "block",
                            [&] {
                              block_gate.pass();
                              ++runs;
                              return ok();
                            },
                            blocking);
  test_server busy({endpoint("/ws/", root)}, [](server_options& options) {
    with_metrics(options);
    options.limits.blocking_workers = 1;
  });
  const opens_at_end at_end{block_gate};
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<websocket_client>(busy.port(), "/ws/"));
    clients.back()->send_text(R"({"action":"block"})");
  }
  const auto shows = [&](double running, double waiting) {
    return eventually([&] {
      const reading now{busy->metrics_port()};
      return now("stagedoor_blocking_workers_busy") == running
             && now("stagedoor_blocking_queue") == waiting;
    });
  };
  BOOST_TEST(shows(1, 2));
  // The job of a client that goes before it begins is not begun.
  websocket_client gone(busy.port(), "/ws/");
  gone.send_text(R"({"action":"block"})");
  BOOST_TEST(shows(1, 3));
  gone.reset();
  BOOST_TEST(eventually([&] {
    const auto open = busy->connections();
    return std::accumulate(open.begin(), open.end(), std::size_t{0})
           == clients.size();
  }));
  block_gate.open();
  for (auto& client : clients)
    client->read_text();
  BOOST_TEST(shows(0, 0));
  BOOST_TEST(runs == 3);
}

BOOST_AUTO_TEST_CASE(a_unit_that_stalls_is_counted_and_does_not_stall_us) {
  gate block_gate;
  const auto root =
      handler("root").permissions(allow_any()).action("stall", [&] {
        block_gate.pass();
      });
  test_server stalled({endpoint("/ws/", root)}, [](server_options& options) {
    with_metrics(options);
    options.threads = 1;
    options.limits.stall_warning = 300ms;
  });
  const opens_at_end at_end{block_gate};
  const auto seen = [&](const std::string& name) {
    return reading{stalled->metrics_port()}(name + "{unit=\"0\"}");
  };
  websocket_client waits(stalled.port(), "/ws/");
  waits.ask(R"({"action":"nope"})");
  BOOST_TEST(seen("stagedoor_unit_queue") == 0);
  // More than none where the machine itself holds the unit up.
  const auto stalls = seen("stagedoor_unit_stalls_total");
  waits.send_text(R"({"action":"stall"})");
  block_gate.wait_for();
  BOOST_TEST(
      eventually([&] { return seen("stagedoor_unit_stalls_total") > stalls; }));
  // Those of other threads queue up.
  const auto before = seen("stagedoor_unit_queue");
  stalled->close_user("nobody");
  BOOST_TEST(seen("stagedoor_unit_queue") == before + 1);
  block_gate.open();
  waits.read_text();
}

BOOST_AUTO_TEST_CASE(other_nodes_are_seen) {
  BOOST_TEST(read().all("stagedoor_nodes").empty());
  test_server node(newsroom::endpoints(), [](server_options& options) {
    with_metrics(options);
    options.cluster = std::make_shared<fake_cluster>();
  });
  const reading now{node->metrics_port()};
  BOOST_TEST(now("stagedoor_nodes{state=\"up\"}") == 2);
  BOOST_TEST(now("stagedoor_nodes{state=\"down\"}") == 1);
}

BOOST_AUTO_TEST_CASE(actors_of_the_application_are_seen) {
  const auto before = read()("caf_actors_running");
  const auto actor = server.system().spawn(
      [](caf::event_based_actor*) { return caf::behavior{[](int) {}}; });
  BOOST_TEST(read()("caf_actors_running") == before + 1);
  caf::anon_send_exit(actor, caf::exit_reason::kill);
  await("caf_actors_running", before);
}

BOOST_AUTO_TEST_CASE(a_bad_address_starts_nothing) {
  const auto failure = [&](const std::string& bind, std::uint16_t port) {
    try {
      test_server refused(newsroom::endpoints(), [&](server_options& options) {
        options.metrics = metrics_options{bind, port};
      });
    } catch (const std::runtime_error& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  const auto taken = std::to_string(server->metrics_port());
  BOOST_TEST(failure("127.0.0.1", server->metrics_port())
             == "test_server: metrics-port: cannot listen on 127.0.0.1:"
                    + taken);
  for (const std::string bind : {"localhost", "", "127.0.0.1:1,127.0.0.1"})
    BOOST_TEST(failure(bind, 0)
               == "test_server: metrics-bind: \"" + bind
                      + "\" is not an IP address");
}

BOOST_AUTO_TEST_CASE(they_end_with_the_server) {
  const auto port = server->metrics_port();
  server->stop();
  BOOST_TEST(server->metrics_port() == 0);
  BOOST_CHECK_THROW(raw_client{port}, std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_scrape_serves_while_clients_come_and_go) {
  for (int i = 0; i < 50; ++i) {
    websocket_client client(server.port(), "/ws/");
    client.send_text(ping_text);
    const auto before = read()(messages("", "ping", 200));
    client.read_text();
    BOOST_TEST(read()(messages("", "ping", 200)) >= before);
  }
  BOOST_TEST(read()(messages("", "ping", 200)) == 50);
}

BOOST_AUTO_TEST_CASE(metrics_of_the_application_follow_those_of_the_server) {
  auto registry = std::make_shared<prometheus::Registry>();
  auto& sold = prometheus::BuildCounter()
                   .Name("shop_sold_total")
                   .Help("What was sold.")
                   .Register(*registry)
                   .Add({{"item", "tea"}});
  test_server shop(newsroom::endpoints(), [&](server_options& options) {
    with_metrics(options);
    options.metrics->own = {registry};
  });
  sold.Increment(3);
  const reading now{shop->metrics_port()};
  BOOST_TEST(now("shop_sold_total{item=\"tea\"}") == 3);
  BOOST_TEST(now("stagedoor_connections{unit=\"0\"}") == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace metrics_suite
