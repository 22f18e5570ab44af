#pragma once

#include "stagedoor/protocol/json/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// What is wrong with a text that someone wrote, without the name of its file;
/// empty if nothing is. Never holds a value, only keys: values may be secret.
using complaint = std::string;

/// `"key" what`.
complaint about(std::string_view key, std::string_view problem);

/// Reads a string that is not empty.
complaint read_text(std::string_view key, const json::value& value,
                    std::string& out);

/// Reads `true` or `false`.
complaint read_flag(std::string_view key, const json::value& value, bool& out);

/// Reads a list of strings that are not empty; it may be empty itself.
complaint read_texts(std::string_view key, const json::value& value,
                     std::vector<std::string>& out);

/// Reads what names a user: an integer or a string that is not empty.
complaint read_id(std::string_view key, const json::value& value,
                  json::value& out);

} // namespace stagedoor
