#pragma once

#include "stagedoor/actors/models/list_rules.hpp"
#include "stagedoor/actors/store/store.hpp"
#include "stagedoor/protocol/model/description.hpp"
#include "stagedoor/protocol/model/row_filter.hpp"
#include "stagedoor/protocol/user.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace stagedoor {

/// What happens to a row.
enum class row_change : std::uint8_t { create, update, destroy };

/// A change of a row, without the type of its struct.
struct untyped_change {
  sql_session& sql;
  const user& who;
  /// The row as it was. Null if it is created.
  const void* before;
  /// The row as it is to be. Null if it is destroyed.
  void* now;
};

using untyped_hook = std::function<void(const untyped_change&)>;

/// A struct of a model, as far as its rows are concerned.
struct row_codec {
  const object_description* about = nullptr;
  std::function<std::shared_ptr<void>()> make = {};
  /// Sets members to canonical values. Returns the errors by field.
  std::function<json::object(const json::object&, void*)> assign = {};
  std::function<json::object(const void*)> write = {};
};

/// A model without the type of its struct; see `model`.
struct model_definition {
  row_codec codec;
  std::vector<std::string> actions;
  list_rules lists;
  bool adds_columns = false;
  bool tells_of_others = false;
  /// Null if everybody sees every row.
  std::function<row_filter(const user&)> visible_to;
  /// By `row_change`.
  std::array<std::vector<untyped_hook>, 3> before;
  std::array<std::vector<untyped_hook>, 3> after;
};

} // namespace stagedoor
