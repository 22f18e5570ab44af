#include "stagedoor/actors/store/change_assembler.hpp"

#include "stagedoor/actors/store/row_triggers.hpp"
#include "stagedoor/protocol/base64url.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace stagedoor {

namespace {

/// An object and in it a row, `{"old":{…},"new":null}`.
constexpr std::size_t depth_max = 2;

/// Takes a number over 0 and the space behind it.
bool take_number(std::string_view& text, std::size_t& number) {
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || number == 0 || read.ptr == end
      || *read.ptr != ' ')
    return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()) + 1);
  return true;
}

/// Whether a value is null, or a row: texts and nulls, with a text as its key.
bool is_row(const json::value* value, std::string_view key) {
  if (value == nullptr || value->is_null())
    return value != nullptr;
  const auto* row = value->if_object();
  if (row == nullptr)
    return false;
  const auto* found = row->if_contains(key);
  return found != nullptr && found->is_string()
         && std::all_of(row->begin(), row->end(), [](const auto& member) {
              return member.value().is_string() || member.value().is_null();
            });
}

} // namespace

bool change_assembler::read_place(std::string_view& payload, place& read) {
  return take_number(payload, read.change) && take_number(payload, read.changes)
         && take_number(payload, read.part) && take_number(payload, read.parts)
         && read.change <= read.changes && read.part <= read.parts
         && read.changes <= row_telling::rows_max;
}

/// The number of changes may grow: triggers of others change rows at the commit
/// too.
bool change_assembler::follows(int sender, const place& next) const {
  if (last_.change == 0)
    return next.change == 1 && next.part == 1;
  if (sender != sender_ || next.changes < last_.changes)
    return false;
  if (last_.part < last_.parts)
    return next.change == last_.change && next.part == last_.part + 1
           && next.parts == last_.parts;
  return next.change == last_.change + 1 && next.part == 1;
}

change_assembler::progress change_assembler::take(int sender,
                                                  std::string_view payload) {
  if (payload == row_telling::missed)
    return progress::missed;
  place next;
  if (!read_place(payload, next))
    return progress::foreign;
  if (!follows(sender, next)) {
    // Whoever has begun one without an end was no trigger.
    if (next.change != 1 || next.part != 1)
      return progress::foreign;
    clear();
  }
  sender_ = sender;
  last_ = next;
  bytes_ += payload.size();
  const auto is_too_large = bytes_ > transaction_bytes_max;
  if (next.parts > 1 && !is_too_large)
    parts_ += payload;
  if (next.part == next.parts && !is_too_large) {
    const auto text = next.parts == 1 ? std::optional{std::string(payload)}
                                      : decode_base64url(parts_);
    parts_.clear();
    if (!text || !add(*text)) {
      clear();
      return progress::foreign;
    }
  }
  if (next.part < next.parts || next.change < next.changes)
    return progress::open;
  last_ = {};
  if (!is_too_large)
    return progress::complete;
  clear();
  return progress::missed;
}

bool change_assembler::add(std::string_view change) {
  const auto parsed = parse_json(change, depth_max);
  const auto* both = parsed ? parsed->if_object() : nullptr;
  if (both == nullptr)
    return false;
  const auto* before = both->if_contains("old");
  const auto* after = both->if_contains("new");
  if (!is_row(before, key_) || !is_row(after, key_))
    return false;
  const auto key_of = [&](const json::value& row) -> const json::value& {
    return row.get_object().at(key_);
  };
  if (!before->is_null() && !after->is_null()
      && key_of(*before) == key_of(*after)) {
    note(key_of(*before), *before, *after);
    return true;
  }
  // With another key it is another row.
  if (!before->is_null())
    note(key_of(*before), *before, nullptr);
  if (!after->is_null())
    note(key_of(*after), nullptr, *after);
  return true;
}

void change_assembler::note(const json::value& key, const json::value& before,
                            const json::value& after) {
  const auto [known, is_new] =
      places_.try_emplace(std::string(key.get_string()), changes_.size());
  if (is_new)
    changes_.push_back({{"before", before}, {"after", after}});
  else
    changes_[known->second]["after"] = after;
}

std::vector<json::object> change_assembler::take_changes() {
  auto result = std::exchange(changes_, {});
  clear();
  std::erase_if(result, [](const auto& change) {
    return change.at("before").is_null() && change.at("after").is_null();
  });
  return result;
}

void change_assembler::clear() {
  last_ = {};
  bytes_ = 0;
  parts_.clear();
  changes_.clear();
  places_.clear();
}

} // namespace stagedoor
