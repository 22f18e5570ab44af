#include "stagedoor/protocol/group_position.hpp"

#include <algorithm>
#include <charconv>
#include <random>

namespace stagedoor {

namespace {

constexpr std::size_t epoch_digits = 16;

} // namespace

std::string epoch_text(std::uint64_t epoch) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result(epoch_digits, '0');
  for (auto place = result.rbegin(); epoch != 0; ++place, epoch /= 16)
    *place = digits[epoch % 16];
  return result;
}

std::uint64_t new_epoch() {
  thread_local std::random_device source;
  const auto high = std::uint64_t{source()};
  return std::max<std::uint64_t>(high << 32U | source(), 1);
}

std::uint64_t read_epoch(std::string_view text) {
  std::uint64_t result = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, result, 16);
  const auto is_whole = problem == std::errc{} && rest == end;
  return is_whole && epoch_text(result) == text ? result : 0;
}

std::string number_event(std::string_view encoded, const std::string& group,
                         std::uint64_t offset) {
  encoded.remove_suffix(1); // The brace.
  const auto name = to_json_string(group);
  const auto number = std::to_string(offset);
  std::string result;
  result.reserve(encoded.size() + name.size() + number.size() + 24);
  result.append(encoded).append(R"(,"group":)").append(name);
  result.append(R"(,"offset":)").append(number).append("}");
  return result;
}

event position_event(const std::string& group, const group_position& position) {
  return {"group.position",
          {{"group", group},
           {"epoch", epoch_text(position.epoch)},
           {"offset", position.offset}}};
}

event lost_event(const std::string& group, std::uint64_t after,
                 std::uint64_t next) {
  return {"group.lost", {{"group", group}, {"after", after}, {"next", next}}};
}

} // namespace stagedoor
