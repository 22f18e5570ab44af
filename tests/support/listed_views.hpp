#pragma once

#include <boost/test/unit_test.hpp>

#include <stagedoor/permissions/builtin.hpp>
#include <stagedoor/protocol/json/json.hpp>

#include <functional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "listed_item.hpp"
#include "one_client.hpp"

namespace stagedoor::test {

using item_model = model<listed_item>;

inline std::vector<std::string> walked_fields() {
  return {"id", "title", "n", "d", "b", "nb", "dt", "u", "author"};
}

/// The views of the original, by their paths, and some of ours.
inline std::vector<std::pair<std::string, item_model>> views() {
  using enum pagination;
  const auto paged = [](pagination how, std::size_t size, std::size_t most) {
    return item_model{}.pages({.how = how, .size = size, .size_max = most});
  };
  return {{"page", paged(page_number, 10, 15)},
          {"pagefix", paged(page_number, 10, 0)},
          {"pagenone", paged(page_number, 0, 15)},
          {"lo", paged(limit_offset, 10, 15)},
          {"lonone", paged(limit_offset, 0, 15)},
          {"cur", paged(cursor, 4, 6).ordered_by({"n"})},
          {"curd", paged(cursor, 4, 6).ordered_by({"-created"})},
          {"ord", item_model{}.ordered_by({"-id"}).ordering(
                      {"n", "title", "author", "author__name"})},
          {"ordall", item_model{}.ordering(
                         {"id", "title", "slug", "n", "author", "created"})},
          {"orddef", item_model{}.ordering({"id", "title", "n", "author"})},
          {"se", item_model{}.search({"title", "author__name"})},
          {"sestart", item_model{}.search({"^title"})},
          {"seexact", item_model{}.search({"=title"})},
          {"df", item_model{}.filters(
                     {"n", "n__gt", "n__in", "n__range", "title",
                      "title__iexact", "title__icontains", "author",
                      "author__isnull", "b", "nb", "dt__gte", "d", "u"})},
          {"fs", item_model{}
                     .filters({"n__gt", "id__in", "n__gte", "ch", "ch__in",
                               "dt__gte", "author", "u"})
                     .ordering({"n", "title"})},
          {"dfsimple", item_model{}.filters({"n", "author", "kind", "b"})},
          {"walk", paged(cursor, 4, 6).ordering(walked_fields())},
          {"unpaged", item_model{}.ordering(walked_fields())},
          {"some", item_model{}.rows_max(25)},
          {"few", item_model{}.rows_max(24)},
          {"all", paged(page_number, 10, 15)
                      .search({"title"})
                      .ordering({"n"})
                      .filters({"n"})}};
}

inline std::vector<endpoint_spec>
endpoints_of_lists(const store_ptr& database) {
  auto result = endpoint("/ws/", handler("root").permissions(allow_any()));
  for (const auto& [name, about] : views())
    result.route(name + "/$",
                 model_handler(about, database).permissions(allow_any()));
  return {result};
}

/// What a client sees of a list: the status and the error; or the keys of the
/// rows, and what goes with a page.
inline std::string seen(const json::value& status, const json::value* error,
                        const json::value* page, const json::value& ids) {
  auto result = to_json(status);
  if (error != nullptr)
    return result + ' ' + to_json(*error);
  if (page != nullptr)
    for (const auto* key : {"count", "next", "previous"})
      if (const auto* value = page->as_object().if_contains(key))
        result += ' ' + std::string(key) + '=' + to_json(*value);
  result += ' ' + to_json(ids);
  // Cursors are nobody's business.
  static const std::regex cursor{"cursor=[^&\"]*"};
  return std::regex_replace(result, cursor, "cursor=*");
}

/// A server with the 25 rows, and a client.
struct with_items : listed_database {
  with_items() : set(endpoints_of_lists(database)) {}

  json::object list(const std::string& route) {
    return list(set.client, route);
  }

  static json::object list(websocket_client& client, const std::string& route) {
    const auto text =
        client.ask(to_json(json::object{{"action", "list"}, {"route", route}}));
    const auto answer = parse_json(text, wire_depth_max);
    BOOST_REQUIRE_MESSAGE(answer, text);
    return answer->as_object();
  }

  static json::array ids_of(const json::value& data) {
    const auto* page = data.if_object();
    json::array result;
    for (const auto& row :
         (page != nullptr ? page->at("results") : data).as_array())
      result.push_back(row.at("id"));
    return result;
  }

  std::string ask(const std::string& route) {
    const auto answer = list(route);
    const auto& errors = answer.at("errors").as_array();
    const auto& data = answer.at("data");
    if (!errors.empty())
      return seen(answer.at("status"), &errors.front(), nullptr, {});
    return seen(answer.at("status"), nullptr,
                data.is_object() ? &data : nullptr, ids_of(data));
  }

  struct walked {
    json::array ids;
    /// The route of the last page.
    std::string last;
  };

  /// Follows the links under `key` to their end.
  /// @param between runs between two pages.
  /// @returns the rows in the order of the list.
  walked walk(std::string route, const std::string& key,
              const std::function<void(const json::array&)>& between = {}) {
    constexpr int pages_max = 100;
    walked result;
    for (int i = 0; i < pages_max; ++i) {
      const auto answer = list(route);
      const auto& page = answer.at("data");
      const auto ids = ids_of(page);
      result.ids.insert(key == "next" ? result.ids.end() : result.ids.begin(),
                        ids.begin(), ids.end());
      result.last = route;
      const auto* link = page.at(key).if_string();
      if (link == nullptr)
        return result;
      if (between)
        between(ids);
      route = std::string(*link);
    }
    BOOST_ERROR("no end of pages: " << route);
    return result;
  }

  /// All columns but the key.
  static std::string columns() {
    std::string result;
    for (const auto& [name, rules] : listed_item::described().object().fields())
      if (name != "id")
        result += (result.empty() ? "" : ", ") + name;
    return result;
  }

  one_client set;
};

} // namespace stagedoor::test
