#include <CLI/CLI.hpp>

#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>

// What a row costs without a server: SQLite's own statements in a loop, in the
// table that model-server has made.

namespace {

using clock = std::chrono::steady_clock;

struct bare_options {
  std::string database;
  double seconds = 1;
};

[[noreturn]] void fail(const std::string& text) {
  std::cerr << "bare-statements: " << text << '\n';
  std::exit(1);
}

/// The connection, in the modes of the store.
sqlite3* opened(const std::string& path) {
  sqlite3* result = nullptr;
  if (sqlite3_open(path.c_str(), &result) != SQLITE_OK
      || sqlite3_exec(result,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
                      nullptr, nullptr, nullptr)
             != SQLITE_OK)
    fail(sqlite3_errmsg(result));
  return result;
}

sqlite3_stmt* prepared(sqlite3* database, const char* text) {
  sqlite3_stmt* result = nullptr;
  if (sqlite3_prepare_v2(database, text, -1, &result, nullptr) != SQLITE_OK)
    fail(sqlite3_errmsg(database));
  return result;
}

/// Runs a statement until the time is over.
/// @returns how often.
double repeat(sqlite3_stmt* statement, double seconds) {
  const auto end = clock::now() + std::chrono::duration<double>{seconds};
  double runs = 0;
  for (; clock::now() < end; ++runs) {
    while (true) {
      const auto code = sqlite3_step(statement);
      if (code == SQLITE_DONE)
        break;
      if (code != SQLITE_ROW)
        fail(sqlite3_errstr(code));
      for (int i = 0; i < sqlite3_column_count(statement); ++i)
        sqlite3_column_text(statement, i);
    }
    sqlite3_reset(statement);
  }
  return runs;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"SQLite's own statements in a loop."};
  bare_options options;
  app.add_option("--database", options.database, "The file")->required();
  app.add_option("--seconds", options.seconds, "The time of each statement");
  CLI11_PARSE(app, argc, argv);
  auto* database = opened(options.database);

  auto* select = prepared(database, "SELECT * FROM post WHERE id = 500");
  const auto begin = std::clock();
  const auto selects = repeat(select, options.seconds);
  const auto cpu =
      static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC * 1e6;
  sqlite3_finalize(select);

  auto* insert = prepared(
      database, "INSERT INTO post (title, content, published, created) VALUES "
                "('One more', 'of many', 0, '2024-02-29T10:20:30.000000Z')");
  const auto commits = repeat(insert, options.seconds);
  sqlite3_finalize(insert);
  sqlite3_close(database);

  std::cout << R"({"cpu_us_per_select":)" << cpu / selects
            << R"(,"commits_per_second":)" << commits / options.seconds
            << "}\n";
}
