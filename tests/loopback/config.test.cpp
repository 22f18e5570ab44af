// The configuration: the command line, the file, and the program that takes
// both; what is wrong gets one line that names the option.

#include <caf/actor_system_config.hpp>
#include <caf/settings.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "support/channel.hpp"
#include "support/command_line.hpp"
#include "support/conversation.hpp"
#include "support/held_lines.hpp"
#include "support/http_texts.hpp"
#include "support/jwt_signer.hpp"
#include "support/running_program.hpp"
#include "support/temporary_file.hpp"

namespace config_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

using parsed = parsed_command_line<server_options>;

void check_is_refused(const strings& arguments, const std::string& option) {
  const parsed result(arguments);
  BOOST_TEST_CONTEXT(arguments.front()) {
    BOOST_REQUIRE((result.error != caf::none));
    const auto line = text_of(result.error);
    BOOST_TEST(line.find('\n') == std::string::npos);
    BOOST_TEST(line.starts_with(option + ": "), line);
  }
}

/// A limit in one type, whatever it is.
std::size_t value_of(const limits& bounds, const limit_info& info) {
  if (const auto* count = std::get_if<std::size_t limits::*>(&info.member))
    return bounds.**count;
  return static_cast<std::size_t>(
      (bounds.*std::get<limits::duration limits::*>(info.member)).count());
}

std::string spelled(std::size_t value, const limit_info& info) {
  const auto is_count =
      std::holds_alternative<std::size_t limits::*>(info.member);
  return std::to_string(value) + (is_count ? "" : "ms");
}

std::string option_of(const limit_info& info) {
  return "limits." + std::string(info.name);
}

} // namespace

BOOST_AUTO_TEST_SUITE(config)

// -- the command line ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_said_means_the_defaults) {
  const parsed result({});
  BOOST_REQUIRE((result.error == caf::none));
  BOOST_TEST(result.options.bind == "127.0.0.1");
  BOOST_TEST(result.options.port == 8080);
  BOOST_TEST(result.options.threads == 0u);
  BOOST_TEST(!result.options.users);
  BOOST_TEST(result.cfg.subcommand() == "");
  for (const auto& info : limit_table())
    BOOST_TEST(value_of(result.options.limits, info)
               == value_of(limits{}, info));
}

BOOST_AUTO_TEST_CASE(idle_threads_of_the_actor_system_sleep_unless_asked) {
  const auto policy_of = [](caf::actor_system_config& cfg) {
    configure(cfg);
    return caf::get_or(cfg, "scheduler.policy", caf::atom("none"));
  };
  caf::actor_system_config silent;
  BOOST_TEST((policy_of(silent) == caf::atom("sharing")));
  caf::actor_system_config decided;
  decided.set("scheduler.policy", caf::atom("stealing"));
  BOOST_TEST((policy_of(decided) == caf::atom("stealing")));
}

BOOST_AUTO_TEST_CASE(a_value_may_be_joined_or_an_argument_of_its_own) {
  const strings lines[]{
      {"--port=9090", "--bind=127.0.0.2", "--threads=3"},
      {"--port", "9090", "--bind", "127.0.0.2", "--threads", "3"},
      {"--threads", "3", "--port=9090", "--bind", "127.0.0.2"},
      {"--port=1", "--bind=127.0.0.2", "--threads=3", "--port", "9090"},
  };
  for (const auto& line : lines) {
    const parsed result(line);
    BOOST_REQUIRE((result.error == caf::none));
    BOOST_TEST(result.options.port == 9090);
    BOOST_TEST(result.options.bind == "127.0.0.2");
    BOOST_TEST(result.options.threads == 3u);
  }
}

BOOST_AUTO_TEST_CASE(one_word_without_dashes_is_the_subcommand) {
  const strings lines[]{
      {"serve", "--port=9090"},
      {"--port", "9090", "serve"},
      {"--port=9090", "serve", "--threads", "1"},
  };
  for (const auto& line : lines) {
    const parsed result(line);
    BOOST_REQUIRE((result.error == caf::none));
    BOOST_TEST(result.cfg.subcommand() == "serve");
    BOOST_TEST(result.options.port == 9090);
  }
  check_is_refused({"serve", "--port=9090", "again"}, "\"again\"");
}

BOOST_AUTO_TEST_CASE(what_is_no_option_is_refused_by_its_name) {
  check_is_refused({"--prot=1"}, "prot");
  check_is_refused({"--prot", "1"}, "prot");
  check_is_refused({"--limits.idle=1s"}, "limits.idle");
  check_is_refused({"--idle-timeout=1s"}, "idle-timeout");
  check_is_refused({"--="}, "");
  check_is_refused({"--"}, "");
  check_is_refused({"--port=1", "--PORT=2"}, "PORT");
}

BOOST_AUTO_TEST_CASE(an_option_without_its_value_is_refused_by_its_name) {
  check_is_refused({"--port"}, "port");
  check_is_refused({"--bind=127.0.0.1", "--users"}, "users");
  check_is_refused({"--limits.idle-timeout"}, "limits.idle-timeout");
  check_is_refused({"--port="}, "port");
  check_is_refused({"--users="}, "users");
  check_is_refused({"--bind", ""}, "bind");
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_refused_by_its_option) {
  for (const std::string value :
       {"x", "-1", "65536", "80 80", "8080x", "1.5", "99999999999999"}) {
    check_is_refused({"--port=" + value}, "port");
    check_is_refused({"--port", value}, "port");
  }
  for (const std::string value : {"many", "-1", "1025"})
    check_is_refused({"--threads=" + value}, "threads");
  for (const std::string value : {"soon", "10", "-1s", "10 s", "1y"})
    check_is_refused({"--limits.idle-timeout=" + value}, "limits.idle-timeout");
  for (const std::string value : {"all", "-1", "0", "1s"})
    check_is_refused({"--limits.connections-max=" + value},
                     "limits.connections-max");
}

BOOST_AUTO_TEST_CASE(who_gives_a_bad_value_is_told_what_a_good_one_is) {
  const std::pair<std::string, std::string> rows[]{
      {"--port=x",
       "port: \"x\" is not valid, expected a whole number from 0 to "
       "65535"},
      {"--threads=x", "threads: \"x\" is not valid, expected a whole number"},
      {"--jwt-leeway=x", "jwt-leeway: \"x\" is not valid, expected a time such "
                         "as 500ms or 10s"},
  };
  for (const auto& [argument, line] : rows)
    BOOST_TEST(text_of(parsed({argument}).error) == line);
}

BOOST_AUTO_TEST_CASE(variables_of_the_environment_are_no_options) {
  for (const auto* name : {"PORT", "USER", "NODE"})
    ::setenv(name, "7", 1);
  const parsed result({});
  for (const auto* name : {"PORT", "USER", "NODE"})
    ::unsetenv(name);
  BOOST_REQUIRE((result.error == caf::none));
  BOOST_TEST(result.options.port == 8080);
  for (const std::string name : {"port", "user", "node"})
    BOOST_TEST((caf::get_if(&result.cfg.content, name) == nullptr), name);
}

BOOST_AUTO_TEST_CASE(takes_ports_from_0_to_65535) {
  BOOST_TEST(parsed({"--port=0"}).options.port == 0);
  BOOST_TEST(parsed({"--port=65535"}).options.port == 65'535);
}

BOOST_AUTO_TEST_CASE(every_limit_can_be_set_on_its_own) {
  for (const auto& info : limit_table())
    BOOST_TEST_CONTEXT(info.name) {
      const auto other = value_of(limits{}, info) + 1;
      for (const auto& line :
           {strings{"--" + option_of(info) + "=" + spelled(other, info)},
            strings{"--" + option_of(info), spelled(other, info)}}) {
        const parsed result(line);
        BOOST_REQUIRE_MESSAGE((result.error == caf::none),
                              text_of(result.error));
        for (const auto& each : limit_table())
          BOOST_TEST(
              value_of(result.options.limits, each)
              == (each.name == info.name ? other : value_of(limits{}, each)));
      }
    }
}

BOOST_AUTO_TEST_CASE(every_limit_has_a_range) {
  for (const auto& info : limit_table()) {
    check_is_refused(
        {"--" + option_of(info) + "=" + spelled(info.most + 1, info)},
        option_of(info));
    if (info.least > 0)
      check_is_refused(
          {"--" + option_of(info) + "=" + spelled(info.least - 1, info)},
          option_of(info));
  }
}

BOOST_AUTO_TEST_CASE(limits_must_go_together) {
  check_is_refused({"--limits.ping-interval=50s"}, "limits.ping-interval");
  check_is_refused({"--limits.message-bytes-max=1000"},
                   "limits.route-bytes-max");
}

BOOST_AUTO_TEST_CASE(times_come_in_every_unit) {
  const std::pair<std::string, limits::duration> rows[]{
      {"60000ms", 60s}, {"60s", 60s}, {"1min", 60s}, {"2h", 2h}};
  for (const auto& [text, value] : rows)
    BOOST_TEST(
        (parsed({"--limits.idle-timeout=" + text}).options.limits.idle_timeout
         == value),
        text);
}

// -- the config file ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_says_what_the_command_line_can_say) {
  const temporary_file file("port = 9090\n"
                            "bind = \"127.0.0.2\"\n"
                            "threads = 3\n"
                            "limits {\n"
                            "  idle-timeout = 90s\n"
                            "  connections-max = 17\n"
                            "}\n");
  for (const auto& line : {strings{"--config-file=" + file.path()},
                           strings{"--config-file", file.path()}}) {
    const parsed result(line);
    BOOST_REQUIRE_MESSAGE((result.error == caf::none), text_of(result.error));
    BOOST_TEST(result.options.port == 9090);
    BOOST_TEST(result.options.bind == "127.0.0.2");
    BOOST_TEST(result.options.threads == 3u);
    BOOST_TEST((result.options.limits.idle_timeout == 90s));
    BOOST_TEST(result.options.limits.connections_max == 17u);
  }
}

BOOST_AUTO_TEST_CASE(the_command_line_wins_over_the_file) {
  const temporary_file file("port = 9090\nthreads = 3\n");
  const parsed result({"--port=7070", "--config-file=" + file.path()});
  BOOST_REQUIRE((result.error == caf::none));
  BOOST_TEST(result.options.port == 7070);
  BOOST_TEST(result.options.threads == 3u);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_file_is_named) {
  const std::pair<std::string, std::string> rows[]{
      {"port = \"x\"\n", "port"},
      {"port = 65536\n", "port"},
      {"port = -1\n", "port"},
      {"bind = 7\n", "bind"},
      {"threads = 2000\n", "threads"},
      {"prot = 9090\n", "prot"},
      {"limits { idle-timeout = 5 }\n", "limits.idle-timeout"},
      {"limits { idle-timeout = \"soon\" }\n", "limits.idle-timeout"},
      {"limits { idle = 5s }\n", "limits.idle"},
      {"limits { connections-max = 0 }\n", "limits.connections-max"},
      {"limits { connections-max = 5s }\n", "limits.connections-max"},
      {"limits = 5\n", "limits"},
  };
  for (const auto& [text, option] : rows)
    BOOST_TEST_CONTEXT(text) {
      const temporary_file file(text);
      const parsed result({"--config-file=" + file.path()});
      BOOST_TEST((result.error != caf::none));
      if (result.error == caf::none)
        continue;
      const auto line = text_of(result.error);
      BOOST_TEST(line.find('\n') == std::string::npos);
      BOOST_TEST(line.starts_with("config-file: " + file.path()
                                  + ":1: " + option + ": "),
                 line);
    }
}

BOOST_AUTO_TEST_CASE(a_file_without_its_last_brace_is_refused) {
  const temporary_file file("default-permission = \"deny\"\n"
                            "limits {\n"
                            "  idle-timeout = 90s\n");
  const parsed result({"--config-file=" + file.path()});
  BOOST_REQUIRE((result.error != caf::none));
  BOOST_TEST(text_of(result.error)
             == "config-file: " + file.path() + ":2: the { is not closed");
}

BOOST_AUTO_TEST_CASE(a_value_that_no_option_takes_is_refused) {
  check_is_refused({"--log-level=loud"}, "log-level");
  check_is_refused({"--default-permission=maybe"}, "default-permission");
  for (const std::string line :
       {"log-level = \"loud\"", "default-permission = \"maybe\"",
        "roles = \"none\"\nnode = \"a\""}) {
    const temporary_file file('\n' + line);
    const parsed result({"--config-file=" + file.path()});
    BOOST_REQUIRE((result.error != caf::none));
    BOOST_TEST(text_of(result.error)
                   .starts_with("config-file: " + file.path()
                                + ":2: " + line.substr(0, line.find(' '))),
               text_of(result.error));
  }
  // The command line wins, so what the file says does not matter.
  const temporary_file file("log-level = \"loud\"\n");
  BOOST_TEST((parsed({"--config-file=" + file.path(), "--log-level=warn"}).error
              == caf::none));
}

BOOST_AUTO_TEST_CASE(a_file_may_be_a_pipe_that_is_read_once) {
  const auto read_from_pipe = [](std::string_view text) {
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    BOOST_REQUIRE(write(ends[1], text.data(), text.size())
                  == static_cast<ssize_t>(text.size()));
    close(ends[1]);
    parsed result({"--config-file=/dev/fd/" + std::to_string(ends[0])});
    close(ends[0]);
    return result.error == caf::none ? std::to_string(result.options.port)
                                     : text_of(result.error);
  };
  BOOST_TEST(read_from_pipe("port = 9090\n") == "9090");
  BOOST_TEST(read_from_pipe("port = 1\nprot = 2\n")
                 .ends_with(":2: prot: no such option"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_refused) {
  check_is_refused({"--config-file=/nowhere/at.all"}, "config-file");
  const temporary_file file("port = = {\n");
  check_is_refused({"--config-file=" + file.path()}, "config-file");
}

// -- what an embedder has -----------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_options_from_a_configuration_of_ones_own) {
  caf::actor_system_config cfg;
  configure(cfg);
  caf::put(cfg.content, "port", 9090);
  caf::put(cfg.content, "limits.idle-timeout", caf::timespan{90s});
  const auto options = server_options::from(cfg);
  BOOST_REQUIRE(options);
  BOOST_TEST(options->port == 9090);
  BOOST_TEST((options->limits.idle_timeout == 90s));
  caf::put(cfg.content, "port", 99'999);
  const auto bad = server_options::from(cfg);
  BOOST_REQUIRE(!bad);
  BOOST_TEST(text_of(bad.error()).starts_with("port: "));
}

BOOST_AUTO_TEST_CASE(reads_the_users_file) {
  const auto missing = "--users=/nowhere/at.all";
  check_is_refused({missing}, "users");
  const temporary_file broken("{");
  check_is_refused({"--users", broken.path()}, "users");
  const auto shipped =
      std::string(STAGEDOOR_SOURCE_DIR) + "/examples/newsroom/users.json";
  const parsed result({"--users", shipped});
  BOOST_REQUIRE_MESSAGE((result.error == caf::none), text_of(result.error));
  BOOST_REQUIRE(result.options.users);
}

// -- JSON Web Tokens ----------------------------------------------------------

/// A token of `secret_signer` that says `more`.
std::string token_with(const std::string& more = "") {
  return secret_signer().token(R"({"sub":"7")" + more + "}");
}

bool accepts(const parsed& result, const std::string& token) {
  BOOST_REQUIRE_MESSAGE((result.error == caf::none), text_of(result.error));
  BOOST_REQUIRE(result.options.users);
  return result.options.users->authenticate(token).has_value();
}

BOOST_AUTO_TEST_CASE(reads_the_key_file) {
  check_is_refused({"--jwt-keys=/nowhere/at.all"}, "jwt-keys");
  check_is_refused({"--jwt-keys="}, "jwt-keys");
  for (const auto* text :
       {"short", "{", R"({"keys":[]})", "-----BEGIN PUBLIC KEY-----\nno\n"}) {
    const temporary_file broken(text);
    check_is_refused({"--jwt-keys", broken.path()}, "jwt-keys");
  }
  for (const auto& text :
       {secret_signer().key_text(), jwks_of({secret_signer().jwk()})}) {
    const temporary_file file(text);
    const parsed result({"--jwt-keys", file.path()});
    BOOST_TEST(accepts(result, token_with()));
    BOOST_TEST(!accepts(result, "alice-token"));
  }
}

BOOST_AUTO_TEST_CASE(issuer_and_audience_are_what_the_options_say) {
  const temporary_file file(secret_signer().key_text());
  const parsed result(
      {"--jwt-keys", file.path(), "--jwt-issuer", "us", "--jwt-audience=here"});
  BOOST_TEST(accepts(result, token_with(R"(,"iss":"us","aud":["here"])")));
  BOOST_TEST(!accepts(result, token_with(R"(,"iss":"us")")));
  BOOST_TEST(!accepts(result, token_with(R"(,"aud":"here")")));
  check_is_refused({"--jwt-keys", file.path(), "--jwt-issuer="}, "jwt-issuer");
  check_is_refused({"--jwt-keys", file.path(), "--jwt-audience="},
                   "jwt-audience");
}

BOOST_AUTO_TEST_CASE(the_leeway_of_tokens_is_an_option) {
  const temporary_file file(secret_signer().key_text());
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto token =
      token_with(R"(,"exp":)" + std::to_string(now.count() - 600));
  const strings line{"--jwt-keys", file.path()};
  BOOST_TEST(!accepts(parsed(line), token));
  auto longer = line;
  longer.emplace_back("--jwt-leeway=20min");
  BOOST_TEST(accepts(parsed(longer), token));
  for (const auto* value : {"30", "soon", "-1s", "", "61min"})
    check_is_refused(
        {"--jwt-keys", file.path(), std::string("--jwt-leeway=") + value},
        "jwt-leeway");
}

BOOST_AUTO_TEST_CASE(the_drain_delay_is_at_most_an_hour) {
  BOOST_TEST((parsed({}).options.drain_delay == 0s));
  BOOST_TEST((parsed({"--drain-delay=1h"}).options.drain_delay == 1h));
  for (const auto* value : {"3600001ms", "-1ms", "5"})
    check_is_refused({std::string("--drain-delay=") + value}, "drain-delay");
}

BOOST_AUTO_TEST_CASE(a_unit_spins_for_a_millisecond_at_most) {
  BOOST_TEST((parsed({}).options.spin == 0us));
  BOOST_TEST((parsed({"--spin=50us"}).options.spin == 50us));
  BOOST_TEST((parsed({"--spin=1000us"}).options.spin == 1ms));
  for (const auto* value : {"1001us", "-1us", "50"})
    check_is_refused({std::string("--spin=") + value}, "spin");
}

BOOST_AUTO_TEST_CASE(units_run_on_what_the_system_has_unless_it_is_said) {
  BOOST_TEST((parsed({}).options.io == io_choice::automatic));
  BOOST_TEST((parsed({"--io=auto"}).options.io == io_choice::automatic));
  BOOST_TEST((parsed({"--io=epoll"}).options.io == io_choice::epoll));
  BOOST_TEST((parsed({"--io=uring"}).options.io == io_choice::uring));
  for (const auto* value : {"", "URING", "io_uring", "kqueue"})
    check_is_refused({std::string("--io=") + value}, "io");
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_the_line_about_a_broken_key_file) {
  const temporary_file file(jwks_of({secret_signer().jwk("one")}));
  const parsed result({"--jwt-keys", file.path()});
  BOOST_REQUIRE(result.options.users);
  file.write("{");
  held_default_log log;
  // A token whose key is missing has the file read again.
  const auto stranger = secret_signer().token(R"({"sub":"7"})", "two");
  auto asked = std::async(std::launch::async, [&] {
    return eventually([&] {
      return !result.options.users->authenticate(stranger) && log->has_line();
    });
  });
  BOOST_TEST((asked.wait_for(2 * patience) == std::future_status::ready));
  log->release();
  BOOST_TEST(asked.get());
  BOOST_TEST(eventually([&] { return log->text().starts_with("jwt-keys: "); }));
}

BOOST_AUTO_TEST_CASE(options_of_tokens_need_the_key_file) {
  check_is_refused({"--jwt-issuer=us"}, "jwt-issuer");
  check_is_refused({"--jwt-audience=us"}, "jwt-audience");
  check_is_refused({"--jwt-leeway=1s"}, "jwt-leeway");
  check_is_refused({"--jwt-require-expiry"}, "jwt-require-expiry");
}

BOOST_AUTO_TEST_CASE(tokens_without_an_expiry_may_be_refused) {
  const temporary_file file(secret_signer().key_text());
  const auto expiry = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count()
                      + 600;
  const auto until = token_with(R"(,"exp":)" + std::to_string(expiry));
  const parsed lenient({"--jwt-keys", file.path()});
  BOOST_TEST(accepts(lenient, token_with()));
  const parsed strict({"--jwt-keys", file.path(), "--jwt-require-expiry"});
  BOOST_TEST(!accepts(strict, token_with()));
  BOOST_TEST(accepts(strict, until));
}

BOOST_AUTO_TEST_CASE(the_default_of_permissions_is_allow_or_deny) {
  BOOST_TEST(
      (parsed({}).options.default_permission == default_permission::allow));
  BOOST_TEST((parsed({"--default-permission=allow"}).options.default_permission
              == default_permission::allow));
  BOOST_TEST((parsed({"--default-permission=deny"}).options.default_permission
              == default_permission::deny));
  for (const auto* value : {"Deny", "", "yes"})
    check_is_refused({std::string("--default-permission=") + value},
                     "default-permission");
}

BOOST_AUTO_TEST_CASE(metrics_need_a_port) {
  BOOST_TEST(!parsed({}).options.metrics);
  const parsed result({"--metrics-port=9"});
  BOOST_REQUIRE(result.options.metrics.has_value());
  BOOST_TEST(result.options.metrics->bind == "127.0.0.1");
  BOOST_TEST(result.options.metrics->port == 9);
  const parsed elsewhere({"--metrics-port", "0", "--metrics-bind=::1"});
  BOOST_REQUIRE(elsewhere.options.metrics.has_value());
  BOOST_TEST(elsewhere.options.metrics->bind == "::1");
  BOOST_TEST(elsewhere.options.metrics->port == 0);
  BOOST_TEST(elsewhere.options.metrics->sample == 16u);
  const parsed each({"--metrics-port=0", "--metrics-sample=1"});
  BOOST_REQUIRE(each.options.metrics.has_value());
  BOOST_TEST(each.options.metrics->sample == 1u);
  check_is_refused({"--metrics-sample=1"}, "metrics-sample");
  check_is_refused({"--metrics-port=0", "--metrics-sample=-1"},
                   "metrics-sample");
  check_is_refused({"--metrics-bind=::1"}, "metrics-bind");
  check_is_refused({"--metrics-port=65536"}, "metrics-port");
}

BOOST_AUTO_TEST_CASE(the_admin_endpoint_needs_a_port_and_a_token) {
  const temporary_file file("sixteen-bytes-16\n");
  BOOST_TEST(!parsed({}).options.admin);
  const parsed result({"--admin-port=9", "--admin-token-file", file.path()});
  BOOST_REQUIRE((result.error == caf::none));
  BOOST_REQUIRE(result.options.admin.has_value());
  BOOST_TEST(result.options.admin->bind == "127.0.0.1");
  BOOST_TEST(result.options.admin->port == 9);
  BOOST_TEST(result.options.admin->token == "sixteen-bytes-16");
  const parsed elsewhere({"--admin-port=9", "--admin-bind=::1",
                          "--admin-token-file=" + file.path()});
  BOOST_REQUIRE(elsewhere.options.admin.has_value());
  BOOST_TEST(elsewhere.options.admin->bind == "::1");
  check_is_refused({"--admin-port=9"}, "admin-token-file");
  check_is_refused({"--admin-token-file", file.path()}, "admin-token-file");
  check_is_refused({"--admin-bind=::1"}, "admin-bind");
  check_is_refused({"--admin-port=9", "--admin-token-file=/nowhere/at.all"},
                   "admin-token-file");
  const temporary_file guessed("sixteen-bytes-1\n");
  check_is_refused({"--admin-port=9", "--admin-token-file", guessed.path()},
                   "admin-token-file");
}

BOOST_AUTO_TEST_CASE(users_file_and_key_file_go_together) {
  const temporary_file keys(secret_signer().key_text());
  const temporary_file users(
      R"({"groups":{"g":["a.b"]},)"
      R"("users":[{"id":1,"username":"alice","token":"alice-token"}]})");
  const parsed result({"--users", users.path(), "--jwt-keys", keys.path()});
  BOOST_TEST(accepts(result, "alice-token"));
  BOOST_TEST(!accepts(result, "bob-token"));
  BOOST_TEST(accepts(result, token_with()));
  const auto found =
      result.options.users->authenticate(token_with(R"(,"groups":["g","h"])"));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->who.group_permissions == strings{"a.b"}));
  check_is_refused({"--users=/nowhere/at.all", "--jwt-keys", keys.path()},
                   "users");
  check_is_refused({"--users", users.path(), "--jwt-keys=/nowhere/at.all"},
                   "jwt-keys");
}

BOOST_AUTO_TEST_CASE(a_file_names_the_options_of_tokens_too) {
  const temporary_file keys(secret_signer().key_text());
  const temporary_file file("jwt-keys = \"" + keys.path()
                            + "\"\njwt-issuer = \"us\"\n"
                              "jwt-leeway = 5s\n");
  const parsed result({"--config-file=" + file.path()});
  BOOST_TEST(accepts(result, token_with(R"(,"iss":"us")")));
  BOOST_TEST(!accepts(result, token_with()));
}

// -- the program --------------------------------------------------------------

/// The newsroom, run as users run it.
strings command(strings arguments) {
  arguments.insert(arguments.begin(), STAGEDOOR_NEWSROOM);
  return arguments;
}

/// Checks that the program refuses to run, with one line about `option`.
void check_refuses(const strings& arguments, const std::string& option) {
  child_process program(command(arguments));
  BOOST_TEST_CONTEXT((arguments.empty() ? "" : arguments.front())) {
    BOOST_TEST(program.wait() == 2);
    const auto& errors = program.errors();
    BOOST_TEST(std::count(errors.begin(), errors.end(), '\n') == 1);
    BOOST_TEST(errors.ends_with("\n"));
    BOOST_TEST(errors.find(option) != std::string::npos, errors);
    BOOST_TEST(program.output().find("listens on") == std::string::npos);
  }
}

/// The program while it serves.
struct running_newsroom : running_program {
  explicit running_newsroom(strings arguments = {})
      : running_program(command(std::move(arguments))) {}
};

BOOST_AUTO_TEST_CASE(the_program_refuses_bad_options_in_one_line) {
  check_refuses({"--prot=1"}, "prot");
  check_refuses({"--port"}, "port");
  check_refuses({"--port=x"}, "port");
  check_refuses({"--port", "65536"}, "port");
  check_refuses({"--threads=2000"}, "threads");
  check_refuses({"--bind=localhost", "--port=0"}, "bind");
  check_refuses({"--bind=127.0.0.1:80", "--port=0"}, "bind");
  check_refuses({"--users=/nowhere/at.all"}, "users");
  check_refuses({"--jwt-keys=/nowhere/at.all"}, "jwt-keys");
  check_refuses({"--jwt-issuer=us"}, "jwt-issuer");
  check_refuses({"--log-level=loud"}, "log-level");
  check_refuses({"--limits.idle-timeout=soon"}, "limits.idle-timeout");
  check_refuses({"--limits.ping-interval=1h"}, "limits.ping-interval");
  check_refuses({"--config-file=/nowhere/at.all"}, "config-file");
  check_refuses({"serve"}, "serve");
  check_refuses({"explain", "two"}, "two");
}

BOOST_AUTO_TEST_CASE(the_program_refuses_a_port_that_is_in_use) {
  const test_server other;
  check_refuses({"--port=" + std::to_string(other.port())}, "port");
}

BOOST_AUTO_TEST_CASE(the_program_serves_the_demo_users_on_loopback_only) {
  for (const std::string address : {"0.0.0.0", "::", "192.0.2.1"}) {
    check_refuses({"--bind", address, "--port=0"}, "users");
    check_refuses({"--bind=" + address, "--port=0"}, "users");
  }
}

BOOST_AUTO_TEST_CASE(the_program_helps) {
  for (const auto* option : {"--help", "-h", "--long-help"}) {
    child_process program(command({option}));
    BOOST_TEST(program.wait() == 0);
    const auto text = program.output() + program.errors();
    BOOST_TEST(text.starts_with("Usage: newsroom [COMMAND] "));
    for (const auto* name : {"--bind", "--port", "--threads", "--users",
                             "collectpermissions", "explain"})
      BOOST_TEST(text.find(name) != std::string::npos, name);
    if (option == std::string("--long-help"))
      for (const auto& info : limit_table())
        BOOST_TEST(text.find("--" + option_of(info)) != std::string::npos,
                   info.name);
  }
}

BOOST_AUTO_TEST_CASE(the_program_takes_a_users_file) {
  const auto shipped =
      std::string(STAGEDOOR_SOURCE_DIR) + "/examples/newsroom/users.json";
  running_newsroom newsroom({"--users", shipped});
  websocket_client client(
      newsroom.port,
      opening_text("/strict/").set("Authorization", "Bearer alice-token"));
  BOOST_TEST(client.ask(ping_text) == pong_text);
}

BOOST_AUTO_TEST_CASE(the_program_takes_json_web_tokens) {
  const temporary_file keys(jwks_of({curve_signer().jwk("one")}));
  running_newsroom newsroom({"--jwt-keys", keys.path()});
  const auto token = curve_signer().token(R"({"sub":"7"})", "one");
  websocket_client client(
      newsroom.port,
      opening_text("/strict/").set("Authorization", "Bearer " + token));
  BOOST_TEST(client.ask(ping_text) == pong_text);
}

BOOST_AUTO_TEST_CASE(a_signal_drains_the_program_which_exits_with_0) {
  for (const auto signal : {SIGTERM, SIGINT}) {
    running_newsroom newsroom;
    websocket_client idle(newsroom.port, "/ws/");
    websocket_client busy(newsroom.port, "/ws/");
    BOOST_TEST(idle.ask(ping_text) == pong_text);
    busy.send_text(numbered("sleep", 1, R"(,"route":"slow/","ms":300)"));
    busy.send_bytes(ping_frame());
    BOOST_TEST((busy.read_frame().kind == opcode::pong));
    newsroom.process.send_signal(signal);
    check_drained(idle);
    idle.send_close(4012);
    idle.close();
    const auto told = busy.read_text();
    BOOST_TEST(busy.read_text()
               == success(R"({"slept":300})", "sleep", "slow/", "1"));
    const auto close = busy.read_close();
    BOOST_TEST(close.code == 4012);
    BOOST_TEST(told == draining_text(close.reason));
    busy.send_close(4012);
    busy.close();
    BOOST_TEST(newsroom.process.wait() == 0);
    BOOST_TEST(newsroom.process.errors() == "");
  }
}

BOOST_AUTO_TEST_CASE(trace_shows_messages_and_replies_without_secrets) {
  running_newsroom newsroom({"--log-level=trace"});
  websocket_client client(newsroom.port, "/ws/");
  client.ask(ping_text);
  newsroom.process.wait_for_line(R"(message, action "ping", route "", )"
                                 + std::to_string(std::string(ping_text).size())
                                 + " bytes");
  newsroom.process.wait_for_line(R"(reply 200, action "ping", route "", )");
  client.ask(
      R"({"action":"refresh","route":"$auth/?a=hidden","token":"hidden"})");
  newsroom.process.wait_for_line(
      R"(message, action "refresh", route "$auth/", )");
  newsroom.process.wait_for_line(
      R"(reply 401, action "refresh", route "$auth/", )");
  newsroom.process.send_signal(SIGTERM);
  client.close();
  BOOST_TEST(newsroom.process.wait() == 0);
  BOOST_TEST(newsroom.process.output().find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_idle_program_ends_on_a_signal) {
  running_newsroom newsroom;
  newsroom.process.send_signal(SIGTERM);
  BOOST_TEST(newsroom.process.wait() == 0);
  BOOST_TEST(newsroom.process.errors() == "");
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_the_program_at_once) {
  for (const auto& [first, second] :
       {std::pair{SIGTERM, SIGTERM}, std::pair{SIGINT, SIGTERM}}) {
    running_newsroom newsroom;
    websocket_client busy(newsroom.port, "/ws/");
    busy.send_text(numbered("sleep", 1, R"(,"route":"slow/","ms":10000)"));
    busy.send_bytes(ping_frame());
    BOOST_TEST((busy.read_frame().kind == opcode::pong));
    newsroom.process.send_signal(first);
    newsroom.process.wait_for_line("draining");
    const auto begin = std::chrono::steady_clock::now();
    newsroom.process.send_signal(second);
    newsroom.process.wait();
    BOOST_TEST((std::chrono::steady_clock::now() - begin < patience));
  }
}

BOOST_AUTO_TEST_CASE(few_descriptors_leave_some_for_health_and_operators) {
  // 256 for refusals, 64 for the process, 16 and 64 for operators.
  running_program newsroom({"/bin/sh", "-c",
                            R"(ulimit -n 420 && exec "$0" "$@")",
                            STAGEDOOR_NEWSROOM, "--metrics-port=0"});
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (int i = 0; i < 20; ++i)
    clients.push_back(
        std::make_unique<websocket_client>(newsroom.port, "/ws/"));
  std::vector<std::unique_ptr<raw_client>> more;
  for (int i = 0; i < 200; ++i) {
    more.push_back(std::make_unique<raw_client>(newsroom.port));
    BOOST_TEST(more.back()->ask_http(opening_text()) == unavailable_answer);
  }
  raw_client probe(newsroom.port);
  probe.send_bytes("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(probe.read_http_answer().starts_with("HTTP/1.1 200 "));
  newsroom.process.send_signal(SIGTERM);
  clients.clear();
  BOOST_TEST(newsroom.process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_signal_does_not_wait_for_what_still_runs) {
  running_newsroom newsroom;
  websocket_client gone(newsroom.port, "/ws/");
  gone.send_text(numbered("sleep", 1, R"(,"route":"slow/","ms":10000)"));
  gone.send_bytes(ping_frame());
  BOOST_TEST((gone.read_frame().kind == opcode::pong));
  // Jobs begin in their order.
  websocket_client client(newsroom.port, "/ws/");
  BOOST_TEST(client.ask(numbered("sleep", 1, R"(,"route":"slow/","ms":0)"))
             == success(R"({"slept":0})", "sleep", "slow/", "1"));
  gone.reset();
  client.reset();
  newsroom.process.send_signal(SIGTERM);
  newsroom.process.wait_for_line(
      "this still runs: action \"sleep\" of handler \"slow\"");
  newsroom.process.send_signal(SIGTERM);
  BOOST_TEST(newsroom.process.wait() == 1);
}

BOOST_AUTO_TEST_CASE(a_drain_that_takes_too_long_ends_with_0_all_the_same) {
  running_newsroom newsroom({"--limits.drain-timeout=100ms"});
  websocket_client busy(newsroom.port, "/ws/");
  // More than the test waits for the end.
  busy.send_text(numbered("sleep", 1, R"(,"route":"slow/","ms":10000)"));
  busy.send_bytes(ping_frame());
  BOOST_TEST((busy.read_frame().kind == opcode::pong));
  newsroom.process.send_signal(SIGTERM);
  BOOST_TEST(read_to_close(busy).code == 1011);
  newsroom.process.wait_for_line("ending without waiting for: action \"sleep\" "
                                 "of handler \"slow\"");
  BOOST_TEST(newsroom.process.wait() == 0);
  BOOST_TEST(newsroom.process.errors() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace config_suite
