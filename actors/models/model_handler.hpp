#pragma once

#include "stagedoor/actors/description/handler_spec.hpp"
#include "stagedoor/actors/models/model.hpp"
#include "stagedoor/actors/models/model_rows.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace stagedoor {

/// Notes that a job of an action changes a row of T with its own SQL, so that
/// those who have subscribed to the row are told; see `sql_session::note`. Call
/// it before the change.
template <described_struct T>
void note_change(sql_session& sql, const json::value& key) {
  note_change(sql, T::described().object(), key);
}

/// Begins a handler with the actions of a model: `list`, `create`, `retrieve`,
/// `update`, `partial_update`, `destroy`, `subscribe` and `subscribe_instance`
/// with their `unsubscribe` and `unsubscribe_instance`, or those of them that
/// the model offers. It is a handler like any other: permissions, further
/// actions, which may take `loaded<T>`, and child routes follow. When a server
/// starts, it makes the table or compares it, and waits for that at most for
/// the `job_timeout` of the database; if the table cannot be used, `serve`
/// returns the error.
template <class T>
handler_builder<stateless, T> model_handler(const model<T>& about,
                                            const store_ptr& database) {
  const std::shared_ptr<const model_rows> rows =
      std::make_shared<model_rows>(about.definition(), database);
  handler_definition begun;
  begun.name = T::described().object().name();
  begun.lifetime = lifetime::unit;
  begun.prepare = [rows] { return rows->open(); };
  auto result =
      handler_builder<stateless>(std::move(begun))
          .loads([rows](const request& message, arg<"pk", json::value> pk,
                        found_later<T> found) {
            auto statement = rows->look_up(message, *pk);
            if (!statement)
              return found.answer(std::nullopt);
            rows->database().template look_up<T>(
                found, std::move(*statement),
                [rows](const sql_rows& read) -> std::optional<T> {
                  if (const auto row = rows->first_of(read))
                    return std::move(*static_cast<T*>(row.get()));
                  return std::nullopt;
                });
          });
  if (rows->offers("list"))
    result.action(
        "list",
        [rows](const context& ctx, const request& message) {
          return rows->list(ctx, message);
        },
        idempotent);
  if (rows->offers("create"))
    result.action("create", [rows](const context& ctx, const request& message) {
      return rows->create(ctx, message);
    });
  if (rows->offers("retrieve"))
    result.action(
        "retrieve", [rows](loaded<T> row) { return ok(rows->shown(&*row)); },
        idempotent);
  const auto add_update = [&](const std::string& name, bool partial) {
    if (rows->offers(name))
      result.action(name,
                    [rows, partial](const context& ctx, const request& message,
                                    loaded<T> row) {
                      return rows->update(ctx, message, &*row, partial);
                    });
  };
  add_update("update", false);
  add_update("partial_update", true);
  if (rows->offers("destroy"))
    result.action("destroy", [rows](const context& ctx, const request& message,
                                    loaded<T> row) {
      return rows->destroy(ctx, message, &*row);
    });
  // Whoever may read may subscribe, unless permissions say otherwise.
  if (rows->offers("subscribe"))
    result
        .action(
            "subscribe", [] { return ok(nullptr, 201); },
            subscribes{rows->feed(false)}, guarded_like{"list"})
        .action(
            "unsubscribe", [] { return ok(nullptr, 204); }, unsubscribes,
            guarded_like{"list"});
  if (rows->offers("subscribe_instance"))
    result
        .action(
            "subscribe_instance", [](loaded<T>) { return ok(nullptr, 201); },
            subscribes{rows->feed(true)}, guarded_like{"retrieve"})
        .action(
            "unsubscribe_instance", [] { return ok(nullptr, 204); },
            unsubscribes, guarded_like{"retrieve"});
  return result;
}

} // namespace stagedoor
