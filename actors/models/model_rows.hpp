#pragma once

#include "stagedoor/actors/description/context.hpp"
#include "stagedoor/actors/description/subscription.hpp"
#include "stagedoor/actors/models/model_definition.hpp"
#include "stagedoor/protocol/request.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace stagedoor {

class model_table;

/// The rows of a model in a store: what the actions of its handler do.
/// Thread rule: any thread; `open` before all others.
class model_rows : public std::enable_shared_from_this<model_rows> {
public:
  model_rows(model_definition about, store_ptr database);
  ~model_rows();

  model_rows(const model_rows&) = delete;
  model_rows& operator=(const model_rows&) = delete;

  /// Makes or compares the table, and waits for it.
  /// @returns why the model cannot be used, as a predicate such as `has no
  ///          primary key`; empty if it can.
  [[nodiscard]] std::string open() const;

  [[nodiscard]] bool offers(std::string_view action) const;

  [[nodiscard]] deferred list(const context& ctx, const request& about) const;
  [[nodiscard]] deferred create(const context& ctx, const request& about) const;

  /// @param row the row that the action is about, as it was found.
  /// @param partial whether fields that the client leaves out stay as they are.
  [[nodiscard]] deferred update(const context& ctx, const request& about,
                                const void* row, bool partial) const;
  [[nodiscard]] deferred destroy(const context& ctx, const request& about,
                                 const void* row) const;

  /// A row as clients see it.
  [[nodiscard]] json::object shown(const void* row) const;

  /// What reads the row that a message is about, among those that its user may
  /// see; nothing if no row can have the key.
  [[nodiscard]] std::optional<sql_text> look_up(const request& about,
                                                const json::value& key) const;
  /// The struct of a row that was read so; null if there is none.
  [[nodiscard]] std::shared_ptr<void> first_of(const sql_rows& found) const;

  /// What subscribers are told, see `model_feed`.
  [[nodiscard]] change_feed_ptr feed(bool of_one) const;

  [[nodiscard]] store& database() const { return *database_; }
  [[nodiscard]] const model_table& table() const { return *table_; }
  [[nodiscard]] const object_description& about() const {
    return *about_.codec.about;
  }

  /// The primary key of a row.
  [[nodiscard]] json::value key_of(const void* row) const;
  /// The rows that a user may see.
  [[nodiscard]] row_filter visible_to(const user& who) const;
  /// The rows for which the query of a message asks, as for a list.
  /// @param errors gets the texts by name.
  [[nodiscard]] row_filter filter_of(const request& message,
                                     json::object& errors) const;

private:
  [[nodiscard]] json::object canonical(const void* row) const;
  [[nodiscard]] std::shared_ptr<void> object_of(const json::object& row) const;
  [[nodiscard]] json::object row_for_change(sql_session& sql,
                                            const request& about,
                                            const json::value& key) const;
  void fill(json::object& row, const user& who, row_change kind) const;
  void take_body(sql_session& sql, const request& about, bool partial,
                 json::object& row) const;
  void run(const std::vector<untyped_hook>& hooks,
           const untyped_change& change) const;
  [[nodiscard]] reply created(sql_session& sql, const request& about) const;
  [[nodiscard]] reply updated(sql_session& sql, const request& about,
                              const json::value& key, bool partial) const;
  [[nodiscard]] reply destroyed(sql_session& sql, const request& about,
                                const json::value& key) const;
  [[nodiscard]] reply listed(sql_session& sql, const request& about) const;

  model_definition about_;
  /// Validates bodies, with the bounds of the columns.
  object_description fields_;
  store_ptr database_;
  std::unique_ptr<const model_table> table_;
};

/// Notes that a job of an action changes a row with its own SQL; see
/// `sql_session::note`.
/// @param model the description of the row's model.
void note_change(sql_session& sql, const object_description& model,
                 const json::value& key);

} // namespace stagedoor
