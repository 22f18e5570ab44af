#include "stagedoor/actors/models/model_feed.hpp"

#include "stagedoor/actors/models/list_query.hpp"
#include "stagedoor/actors/models/model_table.hpp"
#include "stagedoor/actors/models/row_match.hpp"
#include "stagedoor/actors/store/row_journal.hpp"
#include "stagedoor/actors/store/row_listener.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <optional>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

std::shared_ptr<const std::string> text_of_json(const json::value& value) {
  return std::make_shared<const std::string>(to_json(value));
}

/// What has become of a row.
struct changed_row final : observed_change {
  json::value key;
  /// Null where the row is not there.
  std::shared_ptr<const json::value> before;
  std::shared_ptr<const json::value> after;
  /// The data of events: the row as clients see it, and its key.
  std::shared_ptr<const std::string> shown;
  std::shared_ptr<const std::string> named;
};

const changed_row& as_row(const observed_change& change) {
  return static_cast<const changed_row&>(change);
}

notice row_is(std::string_view type, std::uint16_t status,
              std::shared_ptr<const std::string> data) {
  return {.type = type, .status = status, .data = std::move(data)};
}

/// Whether somebody sees a row, which is null if it is not there.
bool is_seen(const model_rows& rows,
             const std::shared_ptr<const json::value>& row,
             const row_filter& filter) {
  return row && row_matches(row->get_object(), filter, rows.table().columns());
}

/// The rows of a list.
class list_subscription final : public subscription {
public:
  list_subscription(std::shared_ptr<const model_rows> rows, row_filter wanted)
      : rows_(std::move(rows)), wanted_(std::move(wanted)) {}

  [[nodiscard]] std::optional<notice> judge(const observed_change& change,
                                            const user& who) const override {
    const auto& row = as_row(change);
    const auto filter = rows_->visible_to(who) && wanted_;
    const auto was_seen = is_seen(*rows_, row.before, filter);
    if (is_seen(*rows_, row.after, filter))
      return was_seen ? row_is("update", 200, row.shown)
                      : row_is("create", 201, row.shown);
    if (was_seen)
      return row_is("delete", 204, row.named);
    return std::nullopt;
  }

  [[nodiscard]] std::shared_ptr<const json::value>
  object(const observed_change&) const override {
    return nullptr;
  }

  [[nodiscard]] notice revoked() const override {
    return revoked_notice(json::object{});
  }

  static notice revoked_notice(const json::object& data) {
    return {.type = "revoked",
            .status = 403,
            .data = text_of_json(data),
            .is_guarded = false,
            .is_last = true};
  }

private:
  std::shared_ptr<const model_rows> rows_;
  row_filter wanted_;
};

/// One row.
class row_subscription final : public subscription {
public:
  row_subscription(std::shared_ptr<const model_rows> rows, json::value key)
      : rows_(std::move(rows)), key_(std::move(key)) {}

  [[nodiscard]] std::optional<notice> judge(const observed_change& change,
                                            const user& who) const override {
    const auto& row = as_row(change);
    if (row.key != key_)
      return std::nullopt;
    const auto& last = row.after ? row.after : row.before;
    if (!is_seen(*rows_, last, rows_->visible_to(who)))
      return revoked();
    if (row.after)
      return row_is("update", 200, row.shown);
    auto result = row_is("delete", 204, row.named);
    result.is_last = true;
    return result;
  }

  [[nodiscard]] std::shared_ptr<const json::value>
  object(const observed_change& change) const override {
    const auto& row = as_row(change);
    return row.after ? row.after : row.before;
  }

  [[nodiscard]] notice revoked() const override {
    return list_subscription::revoked_notice({{"pk", key_}});
  }

private:
  std::shared_ptr<const model_rows> rows_;
  json::value key_;
};

class rows_feed final : public change_feed {
public:
  rows_feed(std::shared_ptr<const model_rows> rows, bool of_one)
      : rows_(std::move(rows)), of_one_(of_one) {}

  [[nodiscard]] std::string group() const override {
    return rows_group(rows_->database().identity(), rows_->table().name());
  }

  [[nodiscard]] observed_change_ptr
  read(const json::value& data) const override {
    // What the database tells itself has texts and no key of its own.
    const auto* key = data.get_object().if_contains("pk");
    const auto row = [&](std::string_view when) {
      const auto& found = data.at(when);
      return found.is_null()
                 ? nullptr
                 : std::make_shared<const json::value>(
                     key != nullptr ? found
                                    : rows_->table().row_of(found.as_object()));
    };
    auto result = std::make_shared<changed_row>();
    try {
      result->before = row("before");
      result->after = row("after");
    } catch (const sql_error& error) {
      rows_->database().log().error("a row of \"{}\" cannot be told: {}",
                                    rows_->table().name(), error.what());
      return nullptr;
    }
    const auto& last = result->after ? result->after : result->before;
    result->key = key != nullptr
                      ? *key
                      : last->get_object().at(rows_->table().key().name());
    if (result->after)
      result->shown =
          text_of_json(rows_->about().shown(result->after->get_object()));
    result->named = text_of_json(json::object{{"pk", result->key}});
    return result;
  }

  [[nodiscard]] std::shared_ptr<void>
  watch(const change_watcher& watcher) const override {
    auto* listener = rows_->database().listener();
    if (listener == nullptr || !listener->tells_of(rows_->table().name()))
      return nullptr;
    return listener->watch(rows_->table().name(), watcher);
  }

  [[nodiscard]] std::variant<std::unique_ptr<const subscription>, reply>
  begin(const request& message, const loaded_object& object) const override {
    const auto* listener = rows_->database().listener();
    const auto& table = rows_->table().name();
    if (listener != nullptr && listener->tells_of(table)
        && !listener->hears_of(table))
      return to_reply(errc::unavailable);
    if (of_one_)
      return std::make_unique<const row_subscription>(
          rows_, rows_->key_of(object.value.get()));
    json::object errors;
    auto filter = rows_->filter_of(message, errors);
    if (!errors.empty())
      return reject(std::move(errors));
    return std::make_unique<const list_subscription>(rows_, std::move(filter));
  }

private:
  std::shared_ptr<const model_rows> rows_;
  bool of_one_;
};

} // namespace

change_feed_ptr model_feed(std::shared_ptr<const model_rows> rows,
                           bool of_one) {
  return std::make_shared<const rows_feed>(std::move(rows), of_one);
}

} // namespace stagedoor
