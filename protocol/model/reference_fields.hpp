#pragma once

#include "stagedoor/protocol/model/field_rules.hpp"

namespace stagedoor {

/// Converts a value to the canonical key of a row that exists, or to a list of
/// them. A list ends at its first error.
validation_result to_canonical_reference(const field_rules& rules,
                                         const json::value& value,
                                         const validation_context& context);

/// Converts an object, or a list of them, field by field.
validation_result to_canonical_object(const field_rules& rules,
                                      const json::value& value,
                                      const validation_context& context);

} // namespace stagedoor
