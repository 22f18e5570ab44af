#include "stagedoor/actors/store/postgres_handles.hpp"

#include <poll.h>

#include <libpq-fe.h>
#include <new>

namespace stagedoor {

void postgres_deleter::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

void postgres_deleter::operator()(pg_result* result) const {
  PQclear(result);
}

postgres_connection_ptr begin_connection(
    const std::string& target,
    const std::vector<std::pair<const char*, const char*>>& defaults) {
  // What comes later counts.
  std::vector<const char*> names;
  std::vector<const char*> values;
  const auto add = [&](const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  };
  for (const auto& [name, value] : defaults)
    add(name, value);
  add("dbname", target.c_str());
  add("client_encoding", "UTF8");
  add("fallback_application_name", "stagedoor");
  add(nullptr, nullptr);
  postgres_connection_ptr result{
      PQconnectStartParams(names.data(), values.data(), 1)};
  if (!result)
    throw std::bad_alloc{};
  PQsetNoticeProcessor(
      result.get(), [](void*, const char*) {}, nullptr);
  return result;
}

bool finish_connection(pg_conn* connection,
                       const std::function<void(int events)>& wait) {
  auto wanted = PGRES_POLLING_WRITING;
  while (wanted != PGRES_POLLING_OK) {
    if (wanted == PGRES_POLLING_FAILED
        || PQstatus(connection) == CONNECTION_BAD)
      return false;
    wait(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT);
    wanted = PQconnectPoll(connection);
  }
  return true;
}

} // namespace stagedoor
