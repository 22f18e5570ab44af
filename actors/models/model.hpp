#pragma once

#include "stagedoor/actors/models/model_definition.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// A change of a row of a model, inside the transaction that carries it out.
template <class T>
struct model_change {
  /// For SQL that belongs to the change.
  sql_session& sql;
  /// Who asked for it.
  const user& who;
  /// The row as it was. Null if it is created.
  const T* before;
  /// The row as it is to be, which a hook may change before it is written. Null
  /// if it is destroyed.
  T* now;
};

/// A described struct whose values are rows of a table, which has the name of
/// the description and a column for each field; see actors/models/README.md.
/// One field is `filled_with(server_value::primary_key)`.
template <described_struct T>
class model {
public:
  model() {
    definition_.codec = {
        .about = &T::described().object(),
        .make = [] { return std::make_shared<T>(); },
        .assign =
            [](const json::object& canonical, void* object) {
              return T::described().assign(canonical, *static_cast<T*>(object));
            },
        .write =
            [](const void* object) {
              return T::described().write(*static_cast<const T*>(object));
            }};
    definition_.actions = {
        "list",    "create",         "retrieve",  "update",
        "destroy", "partial_update", "subscribe", "subscribe_instance"};
  }

  /// Offers only some of the actions: `list`, `create`, `retrieve`, `update`,
  /// `partial_update`, `destroy`, `subscribe` and `subscribe_instance`.
  model& only(std::vector<std::string> actions) {
    definition_.actions = std::move(actions);
    return *this;
  }

  // -- lists ------------------------------------------------------------------

  /// Cuts lists into pages. Without it a list is an array, see `rows_max`.
  model& pages(page_rules rules) {
    definition_.lists.pages = rules;
    return *this;
  }

  /// The most rows of a list without pages. A longer one is answered with 400.
  model& rows_max(std::size_t rows) {
    definition_.lists.rows_max = rows;
    return *this;
  }

  /// The order of lists, such as `{"-created", "title"}`; without it, by the
  /// primary key.
  model& ordered_by(std::vector<std::string> names) {
    definition_.lists.default_order = std::move(names);
    return *this;
  }

  /// The fields by which clients may order lists: `?ordering=-created,title`.
  model& ordering(std::vector<std::string> names) {
    definition_.lists.ordering = std::move(names);
    return *this;
  }

  /// The fields in which clients may search: `?search=word`. `^title` looks for
  /// the word at the beginning, and `=title` for the whole text.
  model& search(std::vector<std::string> names) {
    definition_.lists.search = std::move(names);
    return *this;
  }

  /// The filters that clients may set, such as `author` for `?author=1`. An
  /// ending compares otherwise: `__gt`, `__gte`, `__lt`, `__lte`, `__in`,
  /// `__range`, `__isnull`, `__iexact`, `__icontains` and `__istartswith`.
  model& filters(std::vector<std::string> names) {
    definition_.lists.filters = std::move(names);
    return *this;
  }

  // -- rows -------------------------------------------------------------------

  /// Which rows somebody may see. All others are not there for them: they are
  /// in no list, and any action on one of them is answered with 404.
  model& visible_to(std::function<row_filter(const user&)> rule) {
    definition_.visible_to = std::move(rule);
    return *this;
  }

  /// Runs `f` before a row is written or deleted, in the same transaction. It
  /// may run twice, as a job of a store may, and may throw `refused_job`.
  model& before(row_change when,
                std::function<void(const model_change<T>&)> f) {
    definition_.before.at(static_cast<std::size_t>(when))
        .push_back(untyped(std::move(f)));
    return *this;
  }

  /// The same behind it. What `f` changes of the row is not kept.
  model& after(row_change when, std::function<void(const model_change<T>&)> f) {
    definition_.after.at(static_cast<std::size_t>(when))
        .push_back(untyped(std::move(f)));
    return *this;
  }

  /// Adds columns to a table that lacks them, if they may be null.
  model& adds_columns() {
    definition_.adds_columns = true;
    return *this;
  }

  /// Tells subscribers of all changes of the rows, also of those that other
  /// programs make. PostgreSQL only, with triggers that are made at start; see
  /// actors/models/README.md.
  model& tells_of_others() {
    definition_.tells_of_others = true;
    return *this;
  }

  [[nodiscard]] const model_definition& definition() const {
    return definition_;
  }

private:
  static untyped_hook untyped(std::function<void(const model_change<T>&)> f) {
    return [f = std::move(f)](const untyped_change& change) {
      f({change.sql, change.who, static_cast<const T*>(change.before),
         static_cast<T*>(change.now)});
    };
  }

  model_definition definition_;
};

} // namespace stagedoor
