#pragma once

#include <string_view>

namespace stagedoor {

/// Whether `text` is UTF-8, whole.
bool is_utf8(std::string_view text);

} // namespace stagedoor
