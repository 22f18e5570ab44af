#include "stagedoor/actors/handlers/thrown.hpp"

#include "stagedoor/actors/units/log_details.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <string>

namespace stagedoor {

std::string thrown_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return std::string("threw: ") + error.what();
  } catch (...) {
    return "threw something that is no std::exception";
  }
}

void log_thrown(spdlog::logger& log, std::string_view kind,
                const handler_definition& handler,
                const action_definition& action, const request& message) {
  log.error(R"({} "{}" of handler "{}" {} ({}))", kind, action.name,
            handler.name, thrown_text(), log_details(message));
}

void log_thrown(spdlog::logger& log, std::string_view kind,
                const handler_definition& handler,
                std::uint64_t connection_id) {
  log.error("{} of handler \"{}\" {}{}", kind, handler.name, thrown_text(),
            connection_id == 0
                ? std::string{}
                : " (connection " + std::to_string(connection_id) + ')');
}

reply reply_to_thrown() {
  try {
    throw;
  } catch (const await_error& error) {
    return to_reply(error.code());
  } catch (...) {
    return to_reply(errc::server_error);
  }
}

} // namespace stagedoor
