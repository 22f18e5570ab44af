#pragma once

#include <stagedoor/actors/models/model_handler.hpp>
#include <stagedoor/actors/models/model_table.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "test_database.hpp"

namespace stagedoor::test {

/// A row of the table whose lists were recorded in tests/oracle/.
struct listed_item {
  std::int64_t id = 0;
  std::string title;
  std::string slug;
  std::int64_t n = 0;
  decimal d;
  bool b = false;
  std::optional<bool> nb;
  utc_time dt;
  utc_time created;
  std::string u;
  std::string ch;
  std::optional<std::int64_t> author;
  /// What the original looks up through the reference.
  std::optional<std::string> author_name;
  std::optional<std::string> kind;

  static const description<listed_item>& described() {
    using item = listed_item;
    static const auto result =
        describe<item>("item")
            .field("id", &item::id,
                   field::integer().filled_with(server_value::primary_key))
            .field("title", &item::title, field::text().length_max(50))
            .field("slug", &item::slug, field::slug())
            .field("n", &item::n)
            .field("d", &item::d, field::decimal(6, 2))
            .field("b", &item::b)
            .field("nb", &item::nb)
            .field("dt", &item::dt)
            .field("created", &item::created)
            .field("u", &item::u, field::uuid())
            .field("ch", &item::ch, field::choice({"a", "b"}))
            .field("author", &item::author,
                   field::reference("author").nullable().optional())
            .field("author__name", &item::author_name)
            .field(
                "kind", &item::kind,
                field::reference("kind", key_type::text).nullable().optional());
    return result;
  }
};

/// The titles of the 25 rows, as the records tell them.
inline constexpr std::array listed_titles{
    "Alpha",  "alpha",   "ALPHA",    "beta",       "Beta x",
    "a b",    "b a",     "Äpfel",    "äpfel",      "ÄPFEL",
    "straße", "STRASSE", "İstanbul", "istanbul",   "100%",
    "100_",   "a\\b",    "a,b",      "say \"hi\"", "back/slash",
    "été",    "É",       "e\u0301",  "ω",          "Ω"};

/// A database with the 25 rows.
struct listed_database : test_database {
  listed_database() {
    write("CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT)");
    write("INSERT INTO author VALUES (1, 'ann'), (2, 'bob')");
    write("CREATE TABLE kind (key TEXT PRIMARY KEY NOT NULL)");
    const model_table table{listed_item::described().object(), false,
                            database->kind()};
    BOOST_TEST(run([&](sql_session& sql) {
                 table.open(sql);
                 for (int id = 1; id <= 25; ++id)
                   table.insert(sql, row(id));
               })
               == "");
  }

  /// The row with this key; further ones have titles of their own.
  static json::object row(int id) {
    const auto two_digits = [](int number) {
      return (number < 10 ? "0" : "") + std::to_string(number);
    };
    const auto day = "2024-01-" + two_digits(id) + "T00:00:00Z";
    constexpr std::array numbers{2, 3, 1};
    json::value author;
    json::value name;
    if (id % 3 != 0) {
      author = id % 3;
      name = id % 3 == 1 ? "ann" : "bob";
    }
    return {{"title", listed_titles.at(static_cast<std::size_t>(id - 1))},
            {"slug", "s" + std::to_string(id - 1)},
            {"n", numbers.at(static_cast<std::size_t>(id % 3))},
            {"d", std::to_string(id - 1) + ".50"},
            {"b", id % 2 == 1},
            {"nb", nullptr},
            {"dt", day},
            {"created", day},
            {"u", "11111111-1111-4111-8111-1111111111" + two_digits(id - 1)},
            {"ch", "a"},
            {"author", author},
            {"author__name", name},
            {"kind", nullptr}};
  }
};

} // namespace stagedoor::test
