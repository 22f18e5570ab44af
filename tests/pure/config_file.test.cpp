// What a config file says: all of it is an option, or an error names the line.

#include "stagedoor/actors/server/config_file.hpp"

#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace config_file_suite {

using namespace stagedoor;

namespace {

using file = stagedoor::config_file;

/// A configuration whose options can be looked at.
struct open_config : config {
  using config::custom_options_;
};

/// What is wrong with the text of a file; empty if all of it is used.
std::string fault_of(const std::string& text) {
  auto parsed = file::parse("server.conf", text);
  if (!parsed)
    return text_of(parsed.error());
  const open_config cfg;
  const auto error = parsed->check(cfg.custom_options_);
  return error == caf::none ? "" : text_of(error);
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_file)

BOOST_AUTO_TEST_CASE(takes_every_form_that_caf_takes) {
  for (const std::string text :
       {"", "\n\n", "port = 9090", "port = 9090\n",
        "bind = \"127.0.0.1\"\nlimits { idle-timeout = 90s }\n",
        "limits {\n  idle-timeout = 90s,\n  connections-max = 17\n}\n",
        "limits = {\n  idle-timeout = 90s\n  connections-max = 17\n}",
        "jwt-require-expiry = true\nusers = \"a } { \\\" file\"\n",
        "[limits]\nidle-timeout = 90s\n[global]\nport = 1\n",
        "global { port = 1 }\nthreads = 1\n",
        "global = {\n  limits { idle-timeout = 90s }\n  port = 1\n}\n"})
    BOOST_TEST(fault_of(text) == "", text);
}

BOOST_AUTO_TEST_CASE(the_group_global_holds_what_is_in_no_group) {
  const std::pair<std::string, std::string> rows[]{
      {"global {\n  prot = 1\n}\n", "2: prot: no such option"},
      {"global {\n  port = 1\n}\nport = 2\n",
       "4: port: has a value in line 2 already"},
      {"global = 5\n", "1: global: is a group of options"},
      {"limits {\n  global { groups-max = 1 }\n}\n",
       "2: limits.global: no such option"}};
  for (const auto& [text, fault] : rows)
    BOOST_TEST(fault_of(text) == "config-file: server.conf:" + fault);
}

BOOST_AUTO_TEST_CASE(a_file_that_ends_too_early_is_not_used_in_part) {
  const std::string deny = "default-permission = \"deny\"\n";
  const std::pair<std::string, std::string> rows[]{
      {"limits {\n  idle-timeout = 90s\n", "2: the { is not closed"},
      {"limits {\n  idle-timeout = 90s\n\n", "2: the { is not closed"},
      {"limits {", "2: the { is not closed"},
      {"users = \"file", "2: the \" is not closed"},
      {"roles = [\"front\"\n", "2: the [ is not closed"},
      {"[limits", "2: the [ is not closed"},
      {"port =", "2: port: has no value that can be read"},
      {"port", "2: port: has no value that can be read"}};
  for (const auto& [end, fault] : rows)
    BOOST_TEST(
        fault_of(deny + end).starts_with("config-file: server.conf:" + fault),
        fault_of(deny + end));
}

BOOST_AUTO_TEST_CASE(what_caf_cannot_read_is_an_error_with_its_line) {
  for (const std::string text :
       {"port = 1\nthreads = = 2\n", "port = 1\n}\n", "port = 1\n= 2\n",
        "port = 1\nbind = 127.0.0.1\n"})
    BOOST_TEST(fault_of(text).starts_with("config-file: server.conf:2: cannot "
                                          "be read from column "),
               fault_of(text));
}

BOOST_AUTO_TEST_CASE(what_is_no_option_is_an_error_with_its_line) {
  const std::pair<std::string, std::string> rows[]{
      {"port = 1\nprot = 2\n", "2: prot: no such option"},
      {"limits {\n  idle = 5s\n}\n", "2: limits.idle: no such option"},
      {"limitz {\n  idle-timeout = 5s\n}\n", "1: limitz: no such option"},
      {"[limitz]\nidle-timeout = 5s\n", "1: limitz: no such option"},
      {"\nlimits = 5\n", "2: limits: is a group of options"},
      {"\nconfig-file = \"more.conf\"\n",
       "2: config-file: means nothing in a config file"}};
  for (const auto& [text, fault] : rows)
    BOOST_TEST(fault_of(text) == "config-file: server.conf:" + fault);
}

BOOST_AUTO_TEST_CASE(a_value_of_a_wrong_type_is_an_error_with_its_line) {
  const std::pair<std::string, std::string> rows[]{
      {"\nport = \"x\"\n", "2: port: "},
      {"\nport = 65536\n", "2: port: "},
      {"\nport { a = 1 }\n", "2: port: "},
      {"limits {\n  idle-timeout = 5\n}\n", "2: limits.idle-timeout: "},
      {"jwt-require-expiry = 1\n", "1: jwt-require-expiry: "}};
  for (const auto& [text, fault] : rows)
    BOOST_TEST(fault_of(text).starts_with("config-file: server.conf:" + fault),
               fault_of(text));
}

BOOST_AUTO_TEST_CASE(a_word_is_expected_in_single_quotes) {
  BOOST_TEST(fault_of("scheduler { policy = 'sharing' }") == "");
  BOOST_TEST(fault_of("scheduler { policy = \"sharing\" }")
             == "config-file: server.conf:1: scheduler.policy: \"sharing\" is "
                "not valid, expected a word of at most 10 characters in single "
                "quotes");
}

BOOST_AUTO_TEST_CASE(of_two_values_none_is_dropped_in_silence) {
  BOOST_TEST(fault_of("port = 1\nthreads = 1\nport = 2\n")
             == "config-file: server.conf:3: port: has a value in line 1 "
                "already");
  BOOST_TEST(fault_of("limits {\n  idle-timeout = 60s\n  idle-timeout = 70s\n}")
             == "config-file: server.conf:3: limits.idle-timeout: has a value "
                "in line 2 already");
}

BOOST_AUTO_TEST_CASE(a_later_error_about_an_option_gets_its_place) {
  const auto parsed =
      file::parse("server.conf", "\n\nlimits { groups-max = 0 }");
  BOOST_REQUIRE(parsed);
  BOOST_TEST(parsed->placed("limits.groups-max: must be more")
             == "config-file: server.conf:3: limits.groups-max: must be more");
  BOOST_TEST(parsed->placed("port: is taken") == "port: is taken");
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_file) {
  const auto read = file::read("/");
  BOOST_REQUIRE(!read);
  BOOST_TEST(text_of(read.error()) == "config-file: / cannot be read");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace config_file_suite
