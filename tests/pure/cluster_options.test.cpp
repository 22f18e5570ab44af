#include "stagedoor/actors/cluster/cluster_options.hpp"

#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/settings.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/command_line.hpp"

namespace cluster_options_suite {

using namespace stagedoor;

namespace {

using strings = std::vector<std::string>;

using parsed = test::parsed_command_line<stagedoor::cluster_options>;

void check_is_refused(const strings& arguments, const std::string& line) {
  const parsed result(arguments);
  BOOST_TEST_CONTEXT(arguments.back()) {
    BOOST_REQUIRE((result.error != caf::none));
    BOOST_TEST(text_of(result.error) == line);
  }
}

/// A node that is told one thing more.
strings node_with(const std::string& argument) {
  return {"--node=a", argument};
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_options)

BOOST_AUTO_TEST_CASE(there_is_no_node_unless_it_has_a_name) {
  const parsed result({});
  BOOST_REQUIRE((result.error == caf::none));
  BOOST_TEST(!result.options);
}

BOOST_AUTO_TEST_CASE(a_name_is_enough) {
  const parsed result({"--node", "news-1.example_a"});
  BOOST_REQUIRE((result.error == caf::none));
  BOOST_REQUIRE(result.options);
  BOOST_TEST(result.options->name == "news-1.example_a");
  BOOST_TEST(result.options->bind == "127.0.0.1");
  BOOST_TEST(result.options->port == 0);
  BOOST_TEST(result.options->advertise.empty());
  BOOST_TEST(result.options->seeds.empty());
  BOOST_TEST((result.options->roles == node_roles{true, true}));
  BOOST_TEST(!result.options->tls);
}

BOOST_AUTO_TEST_CASE(all_is_taken_over) {
  const parsed result({"--node=a", "--cluster-bind=0.0.0.0:4501",
                       "--cluster-advertise=a.example:14501",
                       "--join=127.0.0.1:4502,[::1]:4503", "--roles=handlers",
                       "--cluster-insecure"});
  BOOST_REQUIRE((result.error == caf::none));
  BOOST_TEST(result.options->bind == "0.0.0.0");
  BOOST_TEST(result.options->port == 4501);
  BOOST_TEST(result.options->advertise == "a.example:14501");
  BOOST_TEST(result.options->seeds == (strings{"127.0.0.1:4502", "[::1]:4503"}),
             boost::test_tools::per_element());
  BOOST_TEST((result.options->roles == node_roles{false, true}));
  BOOST_TEST(result.options->insecure);
  const parsed ipv6({"--node=a", "--cluster-bind", "[::1]:4501"});
  BOOST_REQUIRE((ipv6.error == caf::none));
  BOOST_TEST(ipv6.options->bind == "::1");
}

BOOST_AUTO_TEST_CASE(roles_are_one_or_both) {
  for (const auto& [text, roles] :
       {std::pair{"front", node_roles{true, false}},
        std::pair{"handlers", node_roles{false, true}},
        std::pair{"front,handlers", node_roles{true, true}},
        std::pair{"handlers,front", node_roles{true, true}}}) {
    const parsed result(node_with(std::string{"--roles="} + text));
    BOOST_REQUIRE((result.error == caf::none));
    BOOST_TEST((result.options->roles == roles), text);
  }
}

BOOST_AUTO_TEST_CASE(nothing_means_anything_without_a_node) {
  for (const std::string argument :
       {"cluster-bind=127.0.0.1:1", "cluster-advertise=a:1", "join=a:1",
        "roles=front", "cluster-insecure", "cluster-certificate=x",
        "cluster-key=x", "cluster-ca=x", "cluster-passphrase-file=x"})
    check_is_refused({"--" + argument}, argument.substr(0, argument.find('='))
                                            + ": means nothing without node");
}

BOOST_AUTO_TEST_CASE(bad_values_are_refused_by_name) {
  const std::string name_rule = " is not valid, expected at most 64 letters, "
                                "digits, dots, dashes and underscores";
  check_is_refused({"--node=a b"}, "node: \"a b\"" + name_rule);
  check_is_refused({"--node=a/b"}, "node: \"a/b\"" + name_rule);
  const std::string long_name(65, 'a');
  check_is_refused({"--node=" + long_name},
                   "node: \"" + long_name + '"' + name_rule);
  BOOST_TEST((parsed({"--node=" + std::string(64, 'a')}).error == caf::none));
  for (const auto& [option, value] :
       {std::pair{"cluster-bind", "127.0.0.1"},
        std::pair{"cluster-bind", "127.0.0.1:65536"},
        std::pair{"cluster-bind", ":4501"}, std::pair{"cluster-advertise", "a"},
        std::pair{"cluster-advertise", "a:0"}})
    check_is_refused(node_with(std::string{"--"} + option + '=' + value),
                     std::string{option} + ": \"" + value
                         + "\" is not valid, expected HOST:PORT");
  for (const auto& [list, bad] :
       {std::pair{"a:1,b", "b"}, std::pair{"a:1,", ""}, std::pair{"a:0", "a:0"},
        std::pair{"a:1 ,b:1", "a:1 "}})
    check_is_refused(node_with(std::string{"--join="} + list),
                     std::string{"join: \""} + bad
                         + "\" is not valid, expected HOST:PORT");
  check_is_refused(node_with("--cluster-bind=localhost:1"),
                   "cluster-bind: \"localhost\" is not a numeric address");
  for (const std::string roles : {"back", "front,", "front handlers"})
    check_is_refused(node_with("--roles=" + roles),
                     "roles: \"" + roles
                         + "\" is not valid, expected front, handlers or both");
}

BOOST_AUTO_TEST_CASE(beyond_loopback_it_takes_tls_or_a_word) {
  check_is_refused(node_with("--cluster-bind=192.0.2.1:4501"),
                   "cluster-bind: 192.0.2.1 is not loopback and there is no "
                   "cluster-certificate; cluster-insecure allows it");
  check_is_refused(
      {"--cluster-advertise=a:1", "--node=a", "--cluster-bind=0.0.0.0:4501"},
      "cluster-bind: 0.0.0.0 is not loopback and there is no "
      "cluster-certificate; cluster-insecure allows it");
  BOOST_TEST((parsed({"--node=a", "--cluster-bind=192.0.2.1:4501",
                      "--cluster-insecure"})
                  .error
              == caf::none));
  BOOST_TEST(
      (parsed(node_with("--cluster-bind=127.8.8.8:1")).error == caf::none));
}

BOOST_AUTO_TEST_CASE(a_wildcard_has_to_be_advertised_as_something) {
  for (const std::string bind : {"0.0.0.0", "::"}) {
    const auto text = bind == "::" ? "[::]" : bind;
    check_is_refused(
        {"--node=a", "--cluster-insecure", "--cluster-bind=" + text + ":4501"},
        "cluster-advertise: is needed with cluster-bind " + bind);
  }
}

BOOST_AUTO_TEST_CASE(an_embedder_is_held_to_the_same) {
  stagedoor::cluster_options options;
  BOOST_TEST(text_of(validate(options)).starts_with("node: "));
  options.name = "a";
  BOOST_TEST((validate(options) == caf::none));
  options.roles = {false, false};
  BOOST_TEST(text_of(validate(options)) == "roles: a node has at least one");
}

// -- CAF's own options --------------------------------------------------------

const std::string heartbeat = caf_api::option("middleman.heartbeat-interval");
const std::string timeout = caf_api::option("middleman.connection-timeout");
const std::string workers_option = caf_api::option("middleman.workers");

BOOST_AUTO_TEST_CASE(silence_is_noticed_unless_that_is_said_otherwise) {
  const auto time = [](const config& cfg, const std::string& name) {
    return caf::get<caf::timespan>(cfg.content, name);
  };
  const parsed plain({});
  BOOST_TEST((time(plain.cfg, heartbeat) == std::chrono::seconds{1}));
  BOOST_TEST((time(plain.cfg, timeout) == std::chrono::seconds{3}));
  const parsed given({"--" + heartbeat + "=250ms"});
  BOOST_REQUIRE((given.error == caf::none));
  BOOST_TEST((time(given.cfg, heartbeat) == std::chrono::milliseconds{250}));
  BOOST_TEST((time(given.cfg, timeout) == std::chrono::seconds{3}));
  // An embedder's configuration may have been read before.
  caf::actor_system_config own;
  caf::put(own.content, timeout, caf::timespan{std::chrono::seconds{9}});
  configure(own);
  BOOST_TEST((caf::get<caf::timespan>(own.content, timeout)
              == std::chrono::seconds{9}));
}

BOOST_AUTO_TEST_CASE(messages_are_decoded_where_they_are_read_unless_told) {
  const auto workers = [](const strings& arguments) {
    const parsed result(arguments);
    BOOST_REQUIRE((result.error == caf::none));
    return caf::get_or(result.cfg, workers_option, std::int64_t{-1});
  };
  BOOST_TEST(workers({"--node=a"}) == 0);
  BOOST_TEST(workers({"--node=a", "--" + workers_option + "=2"}) == 2);
  // On what is no node it is the application's matter.
  BOOST_TEST(workers({}) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_options_suite
