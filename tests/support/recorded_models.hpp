#pragma once

#include <stagedoor/actors/models/model_handler.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "postgres_schema.hpp"

// The models whose bodies were recorded in tests/oracle/, as their "repr" there
// says them.

namespace stagedoor::test {

/// A field with the bounds that the original takes from the column, which it
/// has on PostgreSQL only.
inline field bounded(const field& plain, std::int64_t least,
                     std::int64_t most) {
  return postgres_url().empty() ? plain : plain.between(least, most);
}

inline field bounded(const field& plain) {
  return bounded(plain, -2147483648LL, 2147483647);
}

inline field id_field() {
  return field::integer().filled_with(server_value::primary_key);
}

struct recorded_author {
  std::int64_t id = 0;
  std::string name;

  static const description<recorded_author>& described() {
    static const auto result =
        describe<recorded_author>("author")
            .field("id", &recorded_author::id, id_field())
            .field("name", &recorded_author::name,
                   field::text().length_max(50).unique());
    return result;
  }
};

struct recorded_tag {
  std::string id;
  std::string label;

  static const description<recorded_tag>& described() {
    static const auto result =
        describe<recorded_tag>("tag")
            .field("id", &recorded_tag::id,
                   field::uuid().filled_with(server_value::primary_key))
            .field("label", &recorded_tag::label,
                   field::slug().length_max(50).unique());
    return result;
  }
};

struct recorded_must {
  std::int64_t id = 0;
  std::string title;
  std::int64_t n = 0;
  bool flag = false;
  std::int64_t author = 0;

  static const description<recorded_must>& described() {
    using must = recorded_must;
    static const auto result =
        describe<must>("must")
            .field("id", &must::id, id_field())
            .field("title", &must::title, field::text().length_max(20))
            .field("n", &must::n, bounded(field::integer()))
            .field("flag", &must::flag)
            .field("author", &must::author, field::reference("author"));
    return result;
  }
};

struct recorded_pair {
  std::int64_t id = 0;
  std::int64_t a = 0;
  std::string b;
  std::optional<std::int64_t> c;
  std::string email;
  std::int64_t author = 0;

  static const description<recorded_pair>& described() {
    using pair = recorded_pair;
    static const auto result =
        describe<pair>("pair")
            .field("id", &pair::id, id_field())
            .field("a", &pair::a, bounded(field::integer()))
            .field("b", &pair::b, field::text().length_max(5))
            .field("c", &pair::c, bounded(field::integer().nullable()))
            .field("email", &pair::email,
                   field::email().length_max(254).unique())
            .field("author", &pair::author, field::reference("author"))
            .unique_together({"a", "b"})
            .unique_together({"author", "c"});
    return result;
  }
};

struct recorded_con {
  std::int64_t id = 0;
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::optional<std::chrono::year_month_day> day;
  std::string word;

  static const description<recorded_con>& described() {
    using con = recorded_con;
    static const auto result =
        describe<con>("con")
            .field("id", &con::id, id_field())
            .field("x", &con::x, bounded(field::integer()))
            .field("y", &con::y, bounded(field::integer().optional()))
            .field("day", &con::day, field::date().nullable())
            .field("word", &con::word,
                   field::text().length_max(9).may_be_blank().optional());
    return result;
  }
};

struct recorded_item {
  std::int64_t id = 0;
  std::string title;
  std::string slug;
  std::string note;
  std::optional<std::string> nnote;
  std::int64_t small = 0;
  std::int64_t n = 0;
  std::int64_t big = 0;
  std::int64_t pos = 0;
  std::int64_t posbig = 0;
  double f = 0;
  decimal d;
  bool b = false;
  std::optional<bool> nb;
  std::optional<utc_time> dt;
  std::optional<std::chrono::year_month_day> da;
  std::optional<time_of_day> ti;
  std::optional<std::chrono::microseconds> du;
  std::string u = "4ad4be65-538c-47e6-933d-6ad1df9a9f94";
  std::string em;
  std::string url;
  std::optional<std::string> ip;
  std::string ch = "a";
  json::value js = json::object{};
  std::string bi;
  utc_time created;
  utc_time updated;
  std::optional<std::int64_t> author;
  std::optional<std::string> kind;
  std::vector<std::string> tags;

  static const description<recorded_item>& described();
};

inline const description<recorded_item>& recorded_item::described() {
  using item = recorded_item;
  const auto number = [](std::int64_t least, std::int64_t most) {
    return bounded(field::integer().optional(), least, most);
  };
  constexpr std::int64_t least64 = INT64_MIN;
  constexpr std::int64_t most64 = INT64_MAX;
  static const auto result =
      describe<item>("item")
          .field("id", &item::id, id_field())
          .field("title", &item::title, field::text().length_max(20))
          .field("slug", &item::slug, field::slug().length_max(20).unique())
          .field("note", &item::note, field::text().may_be_blank().optional())
          .field(
              "nnote", &item::nnote,
              field::text().length_max(10).may_be_blank().nullable().optional())
          .field("small", &item::small, number(-32768, 32767))
          .field("n", &item::n, number(-2147483648LL, 2147483647))
          .field("big", &item::big, number(least64, most64))
          .field("pos", &item::pos, number(0, 2147483647).at_least(0))
          .field("posbig", &item::posbig, number(0, most64).at_least(0))
          .field("f", &item::f, field::floating().optional())
          .field("d", &item::d, field::decimal(6, 2).optional())
          .field("b", &item::b, field::boolean().optional())
          .field("nb", &item::nb)
          .field("dt", &item::dt)
          .field("da", &item::da)
          .field("ti", &item::ti)
          .field("du", &item::du)
          .field("u", &item::u, field::uuid().optional())
          .field("em", &item::em,
                 field::email().length_max(254).may_be_blank().optional())
          .field("url", &item::url,
                 field::url().length_max(200).may_be_blank().optional())
          .field("ip", &item::ip, field::ip_address().nullable().optional())
          .field("ch", &item::ch, field::choice({"a", "b"}).optional())
          .field("js", &item::js, field::json().optional())
          .field("bi", &item::bi, field::text().read_only())
          .field("created", &item::created,
                 field::date_time().filled_with(server_value::time_of_creation))
          .field("updated", &item::updated,
                 field::date_time().filled_with(server_value::time_of_change))
          .field("author", &item::author,
                 field::reference("author").nullable().optional())
          .field("kind", &item::kind,
                 field::reference("kind", key_type::text).nullable().optional())
          .field("tags", &item::tags,
                 field::reference("tag", key_type::uuid).many().optional());
  return result;
}

} // namespace stagedoor::test
