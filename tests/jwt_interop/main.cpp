// Says what we think of tokens: reads a JSON list of cases from standard input
// and writes a line for each, `accepted <id of the user>` or `refused`.

#include <stagedoor/permissions/credentials/jwt.hpp>
#include <stagedoor/protocol/errors.hpp>
#include <stagedoor/protocol/json/json.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace stagedoor;

std::optional<std::string> text_in(const json::object& entry,
                                   std::string_view name) {
  const auto* value = entry.if_contains(name);
  if (value == nullptr)
    return std::nullopt;
  return std::string(value->as_string());
}

jwt_options options_of(const json::object& entry) {
  jwt_options result;
  result.key_file = entry.at("keyFile").as_string();
  result.issuer = text_in(entry, "issuer");
  result.audience = text_in(entry, "audience");
  result.leeway = std::chrono::seconds{entry.at("leeway").as_int64()};
  const std::chrono::system_clock::time_point now{
      std::chrono::seconds{entry.at("now").as_int64()}};
  result.clock = [now] { return now; };
  return result;
}

} // namespace

int main() {
  const std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
  const auto cases = parse_json(text, 8);
  if (!cases) {
    std::cerr << "no JSON on standard input\n";
    return EXIT_FAILURE;
  }
  for (const auto& value : cases->as_array()) {
    const auto& entry = value.as_object();
    const auto made = make_jwt_authenticator(options_of(entry));
    if (!made) {
      std::cerr << text_of(made.error()) << '\n';
      return EXIT_FAILURE;
    }
    const auto found = (*made)->authenticate(entry.at("token").as_string());
    if (found)
      std::cout << "accepted " << to_json(found->who.id) << '\n';
    else
      std::cout << "refused\n";
  }
}
