#include "stagedoor/permissions/credentials/web_keys.hpp"

#include "stagedoor/permissions/credentials/credential_limits.hpp"
#include "stagedoor/permissions/credentials/file_text.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::string_view pem_begin = "-----BEGIN ";

key_file_form form_of(std::string_view text) {
  // Past white space and the byte-order mark, which the parser refuses later.
  const auto first = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  if (first != std::string_view::npos
      && (text[first] == '{' || text[first] == '['))
    return key_file_form::jwks;
  return text.find(pem_begin) == std::string_view::npos ? key_file_form::secret
                                                        : key_file_form::pem;
}

complaint read_jwks(std::string_view text, std::vector<web_key>& out) {
  const auto file = parse_json(text, credential_limits::jwks_depth_max);
  if (!file)
    return "begins like a JWKS, but is not valid JSON";
  const auto* keys =
      file->is_object() ? file->get_object().if_contains("keys") : nullptr;
  const auto* list = keys == nullptr ? nullptr : keys->if_array();
  if (list == nullptr)
    return about("keys", "must be a list");
  std::set<std::string> names;
  std::size_t number = 0;
  for (const auto& entry : *list) {
    const auto place = "key " + std::to_string(++number) + ": ";
    std::optional<web_key> key;
    if (auto wrong = web_key::from_jwk(entry, key); !wrong.empty())
      return place + wrong;
    if (!key)
      continue;
    if (key->name() && !names.insert(*key->name()).second)
      return place + about("kid", "is taken by an earlier key");
    out.push_back(std::move(*key));
  }
  return out.empty() ? "has no key for HS256, RS256 or ES256" : complaint{};
}

complaint read_pem(std::string_view text, std::vector<web_key>& out) {
  if (text.find(pem_begin) != text.rfind(pem_begin))
    return "must hold one key; a JWKS may hold more";
  std::optional<web_key> key;
  if (auto wrong = web_key::from_pem(text, key); !wrong.empty())
    return wrong;
  out.push_back(std::move(*key));
  return {};
}

/// Whether it is words rather than a secret: an error page that was stored in
/// place of the keys, or a public key of SSH. Everybody knows those.
bool is_prose(std::string_view text) {
  const auto is_printed = [](char c) {
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n';
  };
  return std::all_of(text.begin(), text.end(), is_printed)
         && (text.starts_with('<')
             || text.find_first_of(" \t\n") != std::string_view::npos);
}

complaint read_secret(std::string_view text, std::vector<web_key>& out) {
  // What an editor or `echo` leaves at the end.
  if (text.ends_with('\n'))
    text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  std::optional<web_key> key;
  if (auto wrong = web_key::from_secret(text, key); !wrong.empty())
    return wrong;
  if (is_prose(text))
    return "is neither a JWKS, nor a PEM, nor a secret: a secret in printable "
           "characters has no blanks";
  out.push_back(std::move(*key));
  return {};
}

caf::error invalid_keys(std::string_view origin, std::string_view problem) {
  return make_error(errc::invalid_key_file,
                    std::string(origin).append(": ").append(problem));
}

} // namespace

web_keys::web_keys(key_file_form form, std::vector<web_key> keys)
    : form_(form), keys_(std::move(keys)) {}

const web_key* web_keys::find(const std::optional<std::string>& name,
                              std::string_view algorithm) const {
  const bool by_name = name && form_ == key_file_form::jwks;
  const web_key* result = nullptr;
  for (const auto& key : keys_) {
    if (by_name ? key.name() != name : name_of(key.algorithm()) != algorithm)
      continue;
    if (result != nullptr)
      return nullptr;
    result = &key;
  }
  if (result == nullptr || name_of(result->algorithm()) != algorithm)
    return nullptr;
  return result;
}

caf::expected<web_keys> parse_web_keys(std::string_view text,
                                       std::string_view origin) {
  std::vector<web_key> keys;
  const auto form = form_of(text);
  auto wrong = form == key_file_form::jwks  ? read_jwks(text, keys)
               : form == key_file_form::pem ? read_pem(text, keys)
                                            : read_secret(text, keys);
  if (!wrong.empty())
    return invalid_keys(origin, wrong);
  return web_keys(form, std::move(keys));
}

caf::expected<web_keys> read_web_keys(const std::string& path) {
  std::string text;
  if (auto wrong =
          read_file_text(path, credential_limits::key_file_bytes_max, text);
      !wrong.empty())
    return invalid_keys(path, wrong);
  return parse_web_keys(text, path);
}

} // namespace stagedoor
