#pragma once

#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/store/store.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "store_probe.hpp"
#include "store_user.hpp"

namespace stagedoor::test {

/// A look-up of a store, and what has become of it.
struct tried_look_up {
  /// Begins it.
  void begin(store& database, sql_text statement,
             store::clock::time_point deadline) {
    database.look_up(deadline,
                     {std::move(statement),
                      [found = found](const sql_rows& rows) { *found = rows; }},
                     end.ending());
  }

  job_ending end;
  std::shared_ptr<sql_rows> found = std::make_shared<sql_rows>();
};

/// Has the one reader of a store do many look-ups that wait for it, some of
/// which fail. Each hears its own result.
/// @param user has a table `notes` with a column `title`, which is empty.
inline void try_many_look_ups(store_user& user) {
  constexpr std::size_t count = 40;
  const auto usual = [&] {
    return store::clock::now() + user.database->job_timeout();
  };
  const auto title_of = [](std::size_t i) { return "n" + std::to_string(i); };
  for (std::size_t i = 0; i < count; ++i)
    BOOST_REQUIRE(
        (user.write("INSERT INTO notes (title) VALUES (?1)", {title_of(i)})
         == no_fault));
  // One alone first, so that the statement is known.
  const std::string statement = "SELECT title FROM notes WHERE title = ?1";
  tried_look_up first;
  first.begin(*user.database, {statement, {title_of(0)}}, usual());
  BOOST_TEST(!first.end.wait());
  BOOST_TEST((*first.found == sql_rows{{title_of(0)}}));

  const held_job held;
  job_ending held_end;
  user.database->read(user.soon(), held.job(), held_end.ending());
  held.wait_begun();
  std::vector<tried_look_up> tried(count);
  tried_look_up wrong;
  tried_look_up late;
  tried_look_up nothing;
  tried_look_up throwing;
  for (std::size_t i = 0; i < count; ++i) {
    tried[i].begin(*user.database, {statement, {title_of(i)}}, usual());
    if (i == 5)
      wrong.begin(*user.database, {"SELECT no FROM nowhere", {}}, usual());
    if (i == 7)
      late.begin(*user.database, {statement, {title_of(0)}},
                 store::clock::now());
    if (i == 9)
      nothing.begin(*user.database, {statement, {std::string("none")}},
                    usual());
    if (i == 11)
      user.database->look_up(
          usual(),
          {{statement, {title_of(0)}},
           [](const sql_rows&) { throw std::runtime_error("it throws"); }},
          throwing.end.ending());
  }
  held.let_go();
  BOOST_TEST(!held_end.wait());
  for (std::size_t i = 0; i < count; ++i) {
    BOOST_TEST(!tried[i].end.wait(), i << ": " << tried[i].end.text());
    BOOST_TEST((*tried[i].found == sql_rows{{title_of(i)}}), i);
  }
  BOOST_TEST((wrong.end.wait() == sql_fault::other));
  BOOST_TEST((late.end.wait() == sql_fault::late));
  BOOST_TEST(!nothing.end.wait());
  BOOST_TEST(nothing.found->empty());
  BOOST_TEST((throwing.end.wait() == sql_fault::other));
  BOOST_TEST(throwing.end.text() == "it throws");
}

} // namespace stagedoor::test
