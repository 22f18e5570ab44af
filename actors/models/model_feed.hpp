#pragma once

#include "stagedoor/actors/description/subscription.hpp"
#include "stagedoor/actors/models/model_rows.hpp"

#include <memory>

namespace stagedoor {

/// The changes of a model's rows.
/// @param of_one whether clients subscribe to the row that the action has
///        loaded; otherwise they subscribe to a list, with the filters and the
///        search of the route's query.
change_feed_ptr model_feed(std::shared_ptr<const model_rows> rows, bool of_one);

} // namespace stagedoor
