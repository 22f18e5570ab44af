#include "stagedoor/actors/server/server_options.hpp"

#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_system_config.hpp"
#include "caf/settings.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>

namespace server_options_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

// From a configuration that the application has filled in itself; the command
// line is another matter, see tests/loopback/config.test.cpp.

namespace {

using taken = stagedoor::server_options;

struct fixture {
  template <class T>
  void put(const std::string& name, const T& value) {
    caf::put(cfg.content, name, value);
  }

  void check_is_refused(const std::string& line) {
    const auto options = taken::from(cfg);
    BOOST_REQUIRE(!options);
    BOOST_TEST(text_of(options.error()) == line);
  }

  caf::actor_system_config cfg;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(server_options, fixture)

BOOST_AUTO_TEST_CASE(an_empty_configuration_gives_the_defaults) {
  const auto options = taken::from(cfg);
  BOOST_REQUIRE(options);
  const taken defaults;
  BOOST_TEST(options->bind == defaults.bind);
  BOOST_TEST(options->port == defaults.port);
  BOOST_TEST(options->threads == 0u);
  BOOST_TEST(!options->users);
  BOOST_TEST(!options->admin);
  BOOST_TEST(!options->metrics);
  BOOST_TEST((options->default_permission == default_permission::allow));
}

BOOST_AUTO_TEST_CASE(an_application_has_the_options_in_a_section_of_its_own) {
  struct application : caf::actor_system_config {
    application() {
      add_options(custom_options_, "chat");
      caf_api::option_group{custom_options_, "global"}.add<std::uint16_t>(
          "port", "that of something else");
    }
  } own;
  std::istringstream none;
  const auto error =
      own.parse({"--port=80", "--chat.port=4711", "--chat.limits.groups-max=3",
                 "--chat.node=a", "--chat.roles=front"},
                none);
  BOOST_TEST(!error);
  const auto options = taken::from(own, "chat");
  BOOST_REQUIRE(options);
  BOOST_TEST(options->port == 4711);
  BOOST_TEST(options->limits.groups_max == 3u);
  const auto node = cluster_options::from(own, "chat");
  BOOST_REQUIRE(node);
  BOOST_REQUIRE(node->has_value());
  BOOST_TEST((*node)->name == "a");
  BOOST_TEST(!(*node)->roles.handlers);
  // Nothing is there under another name.
  BOOST_TEST(taken::from(own, "talk")->port == taken{}.port);
  BOOST_TEST(!cluster_options::from(own, "talk")->has_value());
}

BOOST_AUTO_TEST_CASE(an_error_names_the_option_with_its_section) {
  put("chat.limits.groups-max", std::int64_t{0});
  const auto options = taken::from(cfg, "chat");
  BOOST_REQUIRE(!options);
  BOOST_TEST(text_of(options.error()).starts_with("chat.limits.groups-max: "));
  put("chat.node", std::string{"a b"});
  const auto node = cluster_options::from(cfg, "chat");
  BOOST_REQUIRE(!node);
  BOOST_TEST(text_of(node.error()).starts_with("chat.node: "));
}

BOOST_AUTO_TEST_CASE(takes_what_is_there) {
  put("bind", std::string{"127.0.0.2"});
  put("port", 4711);
  put("threads", 3);
  put("default-permission", std::string{"deny"});
  put("metrics-port", 9100);
  put("metrics-sample", 4);
  put("limits.handshake-timeout", caf::timespan{7s});
  const auto options = taken::from(cfg);
  BOOST_REQUIRE(options);
  BOOST_TEST(options->bind == "127.0.0.2");
  BOOST_TEST(options->port == 4711u);
  BOOST_TEST(options->threads == 3u);
  BOOST_TEST((options->default_permission == default_permission::deny));
  BOOST_REQUIRE(options->metrics);
  BOOST_TEST(options->metrics->port == 9100u);
  BOOST_TEST(options->metrics->sample == 4u);
  BOOST_TEST((options->limits.handshake_timeout == 7s));
}

BOOST_AUTO_TEST_CASE(refuses_a_number_that_does_not_fit) {
  put("port", 65536);
  check_is_refused("port: must be a whole number from 0 to 65535");
}

BOOST_AUTO_TEST_CASE(refuses_a_flag_that_is_no_truth_value) {
  put("jwt-keys", std::string{"keys.json"});
  put("jwt-require-expiry", std::string{"yes"});
  check_is_refused("jwt-require-expiry: must be true or false");
}

BOOST_AUTO_TEST_CASE(refuses_names_of_claims_that_are_not_well_formed) {
  put("jwt-keys", std::string{"keys.json"});
  put("jwt-attribute-claims", std::string{"tenant, org.id"});
  check_is_refused("jwt-attribute-claims: \" org.id\" has a blank");
}

BOOST_AUTO_TEST_CASE(refuses_a_list_of_claims_with_an_empty_name) {
  put("jwt-keys", std::string{"keys.json"});
  put("jwt-attribute-claims", std::string{"tenant,"});
  check_is_refused("jwt-attribute-claims: \"\" has an empty part");
}

BOOST_AUTO_TEST_CASE(refuses_claims_without_keys) {
  put("jwt-attribute-claims", std::string{"tenant"});
  check_is_refused("jwt-attribute-claims: means nothing without jwt-keys");
}

BOOST_AUTO_TEST_CASE(refuses_a_limit_that_does_not_exist) {
  put("limits.nothing", 1);
  check_is_refused("limits.nothing: no such option");
}

BOOST_AUTO_TEST_CASE(refuses_an_option_that_means_nothing_alone) {
  put("metrics-bind", std::string{"127.0.0.1"});
  check_is_refused("metrics-bind: means nothing without metrics-port");
}

BOOST_AUTO_TEST_CASE(measures_one_message_in_sixteen_by_default) {
  put("metrics-port", 0);
  BOOST_TEST(taken::from(cfg)->metrics->sample == 16u);
}

BOOST_AUTO_TEST_CASE(takes_every_sample_that_fits) {
  put("metrics-port", 0);
  for (const std::int64_t sample : {0L, 1L, 4'294'967'295L}) {
    put("metrics-sample", sample);
    const auto options = taken::from(cfg);
    BOOST_REQUIRE(options);
    BOOST_TEST(options->metrics->sample == sample);
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_sample_that_does_not_fit) {
  put("metrics-port", 0);
  for (const std::int64_t sample : {-1L, 4'294'967'296L}) {
    put("metrics-sample", sample);
    check_is_refused("metrics-sample: must be a whole number from 0 to "
                     "4294967295");
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_sample_of_no_metrics) {
  put("metrics-sample", 1);
  check_is_refused("metrics-sample: means nothing without metrics-port");
}

BOOST_AUTO_TEST_CASE(takes_the_default_permission_by_its_name_only) {
  auto target = default_permission::allow;
  put("default-permission", std::string{"deny"});
  BOOST_TEST(!take_default_permission(cfg, target));
  BOOST_TEST((target == default_permission::deny));
  put("default-permission", std::string{"maybe"});
  BOOST_TEST(
      text_of(take_default_permission(cfg, target))
      == R"(default-permission: "maybe" is not valid, expected allow or deny)");
}

// What `configure` sets, for CAF: its threads would wake up many hundred times
// a second to steal from each other.
BOOST_AUTO_TEST_CASE(the_threads_of_caf_share_a_queue_unless_the_host_decides) {
  const auto policy = [this] {
    configure(cfg);
    const auto* value =
        caf::get_if(&cfg.content, caf_api::option("scheduler.policy"));
    return value == nullptr ? std::string{} : to_string(*value);
  };
  BOOST_TEST(policy().find("sharing") != std::string::npos);
  std::istringstream file{"[" + caf_api::option("scheduler")
                          + "]\npolicy='stealing'\n"};
  BOOST_REQUIRE(!cfg.parse(0, nullptr, file));
  BOOST_TEST(policy().find("stealing") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace server_options_suite
