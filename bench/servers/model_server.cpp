#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <stagedoor/actors/models/model_handler.hpp>
#include <stagedoor/actors/store/postgres_store.hpp>
#include <stagedoor/actors/store/sqlite_store.hpp>
#include <stagedoor/stagedoor.hpp>

#include <cstdint>
#include <future>
#include <iostream>
#include <memory>
#include <string>

// A model handler under load, and beside it an action that answers with the
// same row and asks no database.

namespace {

using namespace stagedoor;

constexpr int rows = 1000;

struct post {
  std::int64_t id = 0;
  std::string title;
  std::string content;
  bool published = false;
  utc_time created;

  static const description<post>& described() {
    static const auto result =
        describe<post>("post")
            .field("id", &post::id,
                   field::integer().filled_with(server_value::primary_key))
            .field("title", &post::title, field::text().length_max(255))
            .field("content", &post::content, field::text().length_max(1024))
            .field("published", &post::published,
                   field::boolean().by_default(false))
            .field(
                "created", &post::created,
                field::date_time().filled_with(server_value::time_of_creation));
    return result;
  }
};

struct model_config : config {
  model_config() {
    opt_group{custom_options_, "global"}.add(database, "database",
                                             "file, or postgresql://…");
  }

  std::string database;
};

/// What has gone wrong, in one line.
int refuse(const std::string& text) {
  std::cerr << "model-server: " << text << '\n';
  return 2;
}

caf::expected<store_ptr> open_database(const std::string& where,
                                       std::shared_ptr<spdlog::logger> log) {
  if (where.starts_with("postgresql://"))
    return open_postgres({.connection = where, .log = std::move(log)});
  return open_sqlite({.path = where, .log = std::move(log)});
}

/// Fills the table, which the handler has made.
/// @returns what went wrong.
std::string fill(store& database) {
  std::promise<std::string> result;
  database.write(
      store::clock::now() + database.job_timeout(),
      [](sql_session& sql) {
        for (int i = 0; i < rows; ++i)
          sql.run("INSERT INTO post (title, content, published, created) "
                  "VALUES (?1, 'of many', FALSE, '2024-02-29T10:20:30Z')",
                  {"Post " + std::to_string(i)});
      },
      [&](const std::exception_ptr& error) {
        try {
          if (error)
            std::rethrow_exception(error);
          result.set_value("");
        } catch (const std::exception& thrown) {
          result.set_value(thrown.what());
        }
      });
  return result.get_future().get();
}

endpoint_spec endpoint_of(const store_ptr& database) {
  const json::value row{{"id", 500},
                        {"title", "Post 499"},
                        {"content", "of many"},
                        {"published", false},
                        {"created", "2024-02-29T10:20:30Z"}};
  const handler_spec posts =
      model_handler(model<post>{}, database).permissions(allow_any());
  return endpoint("/ws/", handler("root")
                              .permissions(allow_any())
                              .action("ping", [row] { return ok(row); }))
      .route("posts/$", posts)
      .route(R"(posts/(?P<pk>\d+)/$)", posts);
}

} // namespace

int main(int argc, char** argv) {
  model_config cfg;
  if (auto error = cfg.parse_command_line(argc, argv); error != caf::none)
    return refuse(text_of(error));
  // What it is compared with logs nothing.
  auto log = std::make_shared<spdlog::logger>(
      "model-server", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_level(spdlog::level::warn);
  termination_signals signals; // Before the store has threads.
  auto database = open_database(cfg.database, log);
  if (!database)
    return refuse(text_of(database.error()));
  auto options = server_options::from(cfg);
  if (!options)
    return refuse(text_of(options.error()));
  options->threads = 1;
  options->log = log;
  caf::actor_system sys{cfg};
  auto running = serve(sys, *options, {endpoint_of(*database)});
  if (!running)
    return refuse(text_of(running.error()));
  if (const auto problem = fill(**database); !problem.empty())
    return refuse(problem);
  std::cout << "listening on 127.0.0.1:" << running->port() << std::endl;
  signals.wait();
  return 0;
}
