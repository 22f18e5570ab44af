// What a program says of its command line.

#include "stagedoor/actors/server/help_text.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace help_text_suite {

using namespace stagedoor;

namespace {

/// A configuration whose options can be looked at.
struct open_config : config {
  using config::custom_options_;
};

std::string help_of(const open_config& cfg, bool is_long,
                    const std::vector<config::command>& commands = {}) {
  return help_text("desk", commands, cfg.custom_options_, is_long);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

caf::error parse(config& cfg, std::string argument) {
  std::string program = "desk";
  char* argv[]{program.data(), argument.data()};
  return cfg.parse_command_line(2, argv);
}

} // namespace

BOOST_AUTO_TEST_SUITE(help_text)

BOOST_AUTO_TEST_CASE(begins_with_how_the_program_is_called) {
  const open_config cfg;
  BOOST_TEST(help_of(cfg, false).starts_with("Usage: desk [--OPTION=VALUE]"));
  const auto text = help_of(cfg, false, {{"serve", "serves"}});
  BOOST_TEST(text.starts_with("Usage: desk [COMMAND] [--OPTION=VALUE]...\n"
                              "\nCommands:\n  serve  serves\n"
                              "\nOptions:\n"));
}

BOOST_AUTO_TEST_CASE(options_have_their_defaults) {
  const auto text = help_of({}, false);
  BOOST_TEST(has(text, "numeric address to listen on, default: 127.0.0.1\n"));
  BOOST_TEST(has(text, "lets the system choose, default: 8080\n"));
  BOOST_TEST(has(text, "how far clocks may differ, default: 30s\n"));
  BOOST_TEST(!has(text, "--limits."));
}

BOOST_AUTO_TEST_CASE(the_long_help_has_every_limit_with_its_default) {
  const auto text = help_of({}, true);
  for (const auto& info : limit_table())
    BOOST_TEST(has(text, "--limits." + std::string(info.name) + '='),
               info.name);
  BOOST_TEST(has(text, "Bytes of one message of a client. Default: 65536\n"));
  BOOST_TEST(has(text, "Time for one action. Default: 10s\n"));
}

BOOST_AUTO_TEST_CASE(options_of_caf_without_effect_are_not_listed) {
  const auto text = help_of({}, true);
  for (const std::string group : {"logger", "stream", "opencl", "openssl"})
    BOOST_TEST(!has(text, "--" + group + '.'), group);
  BOOST_TEST(has(text, "scheduler.max-threads="));
  BOOST_TEST(has(text, "middleman.heartbeat-interval="));
}

BOOST_AUTO_TEST_CASE(a_program_offers_the_commands_that_it_runs) {
  open_config plain;
  BOOST_TEST(!has(help_of(plain, true), "explain"));
  BOOST_TEST(text_of(parse(plain, "collectpermissions"))
             == "\"collectpermissions\": no such command; --help lists all");
  open_config other;
  BOOST_TEST(text_of(parse(other, "--format=json"))
             == "format: no such option; --help lists them");
  open_config desk;
  desk.offer_commands();
  BOOST_TEST(has(help_of(desk, false), "explain: the path of an endpoint"));
  BOOST_REQUIRE((parse(desk, "collectpermissions") == caf::none));
  BOOST_TEST(desk.subcommand() == "collectpermissions");
}

BOOST_AUTO_TEST_CASE(an_application_may_add_a_command) {
  open_config cfg;
  cfg.add_command("migrate", "changes the tables");
  BOOST_REQUIRE((parse(cfg, "migrate") == caf::none));
  BOOST_TEST(cfg.subcommand() == "migrate");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace help_text_suite
