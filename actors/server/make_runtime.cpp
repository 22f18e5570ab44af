#include "stagedoor/actors/server/make_runtime.hpp"

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/description/notifier.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/permissions/decision_cache.hpp"

#include <spdlog/spdlog.h>

namespace stagedoor {

std::shared_ptr<runtime> make_runtime(caf::actor_system& sys,
                                      const server_options& options) {
  auto result = std::make_shared<runtime>();
  result->limits = options.limits;
  result->pages = options.pages;
  result->log =
      options.log ? options.log : in_background(spdlog::default_logger());
  result->server_name = options.name;
  result->standard_close_codes = options.standard_close_codes;
  result->cache_counts = std::make_shared<decision_cache_counts>();
  result->notifier = std::make_shared<const notifier>(
      options.notifier ? *options.notifier : notifier{sys});
  result->services = options.cluster ? options.cluster->services()
                                     : std::make_shared<service_directory>();
  result->cluster = options.cluster;
  return result;
}

} // namespace stagedoor
