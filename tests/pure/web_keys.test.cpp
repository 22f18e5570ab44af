#include "stagedoor/permissions/credentials/web_keys.hpp"

#include "stagedoor/protocol/base64url.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "support/jwt_signer.hpp"
#include "support/temporary_file.hpp"

namespace web_keys_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

std::string error_of(const caf::expected<web_keys>& result) {
  if (result)
    return "no error";
  BOOST_TEST((code_of(result.error()) == errc::invalid_key_file));
  return text_of(result.error());
}

std::string error_in(std::string_view text) {
  return error_of(parse_web_keys(text, "keys"));
}

/// What is wrong with a JWKS that has `entry` behind a good one.
std::string error_in_entry(json::value entry) {
  return error_in(jwks_of({curve_signer().jwk("one"), std::move(entry)}));
}

/// Whether a JWKS has a key of that name after `entry` was added to it.
bool is_taken(json::object entry) {
  entry["kid"] = "new";
  const std::string kty(entry.at("kty").as_string());
  const auto keys =
      parse_web_keys(jwks_of({curve_signer().jwk("one"), entry}), "keys");
  BOOST_REQUIRE_MESSAGE(keys, to_json(entry));
  BOOST_TEST((keys->find("one", "ES256") != nullptr));
  for (const auto* algorithm : {"HS256", "RS256", "ES256"})
    if (keys->find("new", algorithm) != nullptr)
      return true;
  return false;
}

template <class T>
json::object with(json::object entry, std::string_view name, const T& value) {
  if constexpr (std::is_convertible_v<T, std::string_view>)
    entry[name] = std::string_view(value);
  else
    entry[name] = value;
  return entry;
}

json::object without(json::object entry, std::string_view name) {
  entry.erase(name);
  return entry;
}

} // namespace

BOOST_AUTO_TEST_SUITE(web_keys)

// -- base64url ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(base64url_reads_back_every_byte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    const auto text = encode_base64url(bytes);
    BOOST_TEST((decode_base64url(text) == bytes), text);
    bytes.push_back(static_cast<char>(i));
  }
}

BOOST_AUTO_TEST_CASE(base64url_has_one_spelling) {
  BOOST_TEST((decode_base64url("AA") == std::string(1, '\0')));
  BOOST_TEST((decode_base64url("AAA") == std::string(2, '\0')));
  for (const auto* text : {"A", "AAAAA", "AB", "AP", "AAB", "AAD", "AA==",
                           "AAA=", "A A", "AA\n", "++++", "////", "AA.A"})
    BOOST_TEST(!decode_base64url(text).has_value(), text);
}

// -- forms --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_has_one_of_three_forms) {
  const auto form_of = [](const std::string& text) {
    const auto keys = parse_web_keys(text, "keys");
    BOOST_REQUIRE_MESSAGE(keys, text);
    return keys->form();
  };
  BOOST_TEST((form_of(std::string(32, 'x')) == key_file_form::secret));
  BOOST_TEST((form_of(rsa_signer().key_text()) == key_file_form::pem));
  BOOST_TEST(
      (form_of("A note.\n" + rsa_signer().key_text()) == key_file_form::pem));
  BOOST_TEST((form_of(" \r\n\t" + jwks_of({rsa_signer().jwk()}))
              == key_file_form::jwks));
}

BOOST_AUTO_TEST_CASE(a_secret_has_32_bytes_at_least) {
  const std::string secret(32, 'x');
  BOOST_TEST(error_in(secret) == "no error");
  BOOST_TEST(error_in(secret + "\n") == "no error");
  constexpr auto wrong = "keys: a secret must have at least 32 bytes";
  BOOST_TEST(error_in(secret.substr(1)) == wrong);
  BOOST_TEST(error_in(secret.substr(1) + "\n") == wrong);
  BOOST_TEST(error_in(secret.substr(1) + "\r\n") == wrong);
  BOOST_TEST(error_in(secret.substr(1) + "\r") == "no error");
  BOOST_TEST(error_in("") == wrong);
}

BOOST_AUTO_TEST_CASE(words_are_no_secret) {
  constexpr auto wrong =
      "keys: is neither a JWKS, nor a PEM, nor a secret: a secret in printable "
      "characters has no blanks";
  for (const std::string text :
       {"<html><body>502BadGateway</body></html>",
        "502 Bad Gateway, and some more words of a proxy",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 somebody@somewhere",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI",
        "0123456789abcdef\n0123456789abcdef"})
    BOOST_TEST(error_in(text) == wrong, text);
  // Bytes are, whatever is among them.
  BOOST_TEST(error_in("\x01" + std::string(32, ' ')) == "no error");
  BOOST_TEST(error_in("0123456789abcdef<0123456789abcdef") == "no error");
}

BOOST_AUTO_TEST_CASE(what_is_public_is_no_secret) {
  const auto jwks = jwks_of({rsa_signer().jwk()});
  constexpr auto no_json = "keys: begins like a JWKS, but is not valid JSON";
  BOOST_TEST(error_in(jwks.substr(0, 200)) == no_json);
  BOOST_TEST(error_in("\xEF\xBB\xBF" + jwks) == no_json);
  BOOST_TEST(error_in("[" + jwks + "]") == "keys: \"keys\" must be a list");
  for (const auto* signer : {&rsa_signer(), &curve_signer()}) {
    constexpr auto wrong = "keys: is a public key, but not in PEM";
    const auto der = signer->public_der();
    BOOST_TEST(error_in(der) == wrong);
    const auto pem = signer->key_text();
    const auto begin = pem.find('\n') + 1;
    auto bare = pem.substr(begin, pem.rfind("-----END") - begin);
    BOOST_TEST(error_in(bare) == wrong);
    std::erase(bare, '\n');
    BOOST_TEST(error_in(bare) == wrong);
  }
}

BOOST_AUTO_TEST_CASE(a_pem_is_one_sound_public_key) {
  constexpr auto no_key = "keys: is not a public key in PEM";
  const auto pem = rsa_signer().key_text();
  BOOST_TEST(error_in(pem) == "no error");
  BOOST_TEST(error_in(pem.substr(0, 200)) == no_key);
  BOOST_TEST(error_in(rsa_signer().private_pem()) == no_key);
  BOOST_TEST(error_in(curve_signer().private_pem()) == no_key);
  BOOST_TEST(error_in(pem + pem)
             == "keys: must hold one key; a JWKS may hold more");
}

BOOST_AUTO_TEST_CASE(a_key_is_strong_and_of_a_kind_that_we_know) {
  BOOST_TEST(error_in(jwt_signer::with_rsa(2040).key_text())
             == "keys: an RSA key must have 2048 to 16384 bits");
  BOOST_TEST(error_in(jwt_signer::with_curve("P-384").key_text())
             == "keys: an elliptic key must be on P-256");
  BOOST_TEST(error_in(jwt_signer::with_curve("secp256k1").key_text())
             == "keys: an elliptic key must be on P-256");
  // Ed25519.
  BOOST_TEST(error_in("-----BEGIN PUBLIC KEY-----\n"
                      "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAx"
                      "ZuE=\n"
                      "-----END PUBLIC KEY-----\n")
             == "keys: must be an RSA or an elliptic key");
}

// -- JWKS ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_jwks_is_an_object_with_a_list) {
  constexpr auto wrong = "keys: \"keys\" must be a list";
  for (const auto* text : {"{}", R"({"keys":{}})", R"({"keys":null})", "[]"})
    BOOST_TEST(error_in(text) == wrong);
  BOOST_TEST(error_in(R"({"keys":[]})")
             == "keys: has no key for HS256, RS256 or ES256");
  for (const auto* entry : {"null", "[]", "1"})
    BOOST_TEST(error_in_entry(*parse_json(entry, 8))
               == "keys: key 2: must be an object");
  for (const auto* entry : {"{}", R"({"kty":1})"})
    BOOST_TEST(error_in_entry(*parse_json(entry, 8))
               == "keys: key 2: \"kty\" must be a string");
}

BOOST_AUTO_TEST_CASE(a_jwks_holds_keys_of_each_kind) {
  for (const auto* signer : {&secret_signer(), &rsa_signer()}) {
    const auto key = signer->jwk();
    const auto& name = signer->algorithm();
    BOOST_TEST(is_taken(key), name);
    BOOST_TEST(is_taken(with(key, "alg", name)), name);
    BOOST_TEST(is_taken(with(key, "use", "sig")), name);
    BOOST_TEST(is_taken(with(key, "key_ops", json::array{"sign", "verify"})),
               name);
    BOOST_TEST(is_taken(with(key, "x5t", 7)), name);
  }
}

BOOST_AUTO_TEST_CASE(entries_that_are_not_for_us_are_left_out) {
  for (const auto* signer :
       {&secret_signer(), &rsa_signer(), &curve_signer()}) {
    const auto key = signer->jwk();
    const auto& name = signer->algorithm();
    BOOST_TEST(!is_taken(with(key, "kty", "OKP")), name);
    BOOST_TEST(!is_taken(with(key, "use", "enc")), name);
    BOOST_TEST(!is_taken(with(key, "use", 1)), name);
    BOOST_TEST(!is_taken(with(key, "key_ops", json::array{"sign"})), name);
    BOOST_TEST(!is_taken(with(key, "key_ops", "verify")), name);
    for (const auto* other : {"none", "HS512", "RSA-OAEP", "PS256", "ES384"})
      BOOST_TEST(!is_taken(with(key, "alg", other)), name);
  }
  BOOST_TEST(!is_taken(with(rsa_signer().jwk(), "alg", "HS256")));
  BOOST_TEST(!is_taken(with(curve_signer().jwk(), "crv", "P-384")));
  BOOST_TEST(!is_taken(without(curve_signer().jwk(), "crv")));
  BOOST_TEST(error_in(jwks_of({with(rsa_signer().jwk(), "use", "enc")}))
             == "keys: has no key for HS256, RS256 or ES256");
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_for_us_must_be_good) {
  const auto check_number = [](const json::object& key, std::string_view name) {
    const auto wrong =
        "keys: key 2: \"" + std::string(name) + "\" must be text in base64url";
    BOOST_TEST(error_in_entry(without(key, name)) == wrong);
    for (const auto& value : {json::value(""), json::value(1), json::value("!"),
                              json::value("AA==")})
      BOOST_TEST(error_in_entry(with(key, name, value)) == wrong);
  };
  check_number(secret_signer().jwk(), "k");
  check_number(rsa_signer().jwk(), "n");
  check_number(rsa_signer().jwk(), "e");
  check_number(curve_signer().jwk(), "x");
  check_number(curve_signer().jwk(), "y");
}

BOOST_AUTO_TEST_CASE(the_numbers_of_an_entry_must_make_a_key) {
  constexpr auto unsound = "keys: key 2: is not a sound public key";
  const auto point = curve_signer().jwk();
  const auto ones = encode_base64url(std::string(32, '\x01'));
  BOOST_TEST(error_in_entry(with(point, "x", ones)) == unsound);
  BOOST_TEST(error_in_entry(with(point, "y", ones)) == unsound);
  for (const std::size_t size : {31U, 33U, 64U})
    BOOST_TEST(error_in_entry(with(point, "x",
                                   encode_base64url(std::string(size, '\x01'))))
               == "keys: key 2: \"x\" must have 32 bytes");
  const auto rsa = rsa_signer().jwk();
  BOOST_TEST(error_in_entry(with(rsa, "e", "AQ")) == unsound); // 1
  BOOST_TEST(error_in_entry(with(rsa, "e", "BA")) == unsound); // 4
  BOOST_TEST(
      error_in_entry(with(rsa, "n", encode_base64url(std::string(128, 'x'))))
      == "keys: key 2: an RSA key must have 2048 to 16384 bits");
  BOOST_TEST(
      error_in_entry(with(rsa, "n", encode_base64url(std::string(2049, 'y'))))
      == "keys: key 2: an RSA key must have 2048 to 16384 bits");
  BOOST_TEST(error_in_entry(jwt_signer::with_secret("short").jwk())
             == "keys: key 2: a secret must have at least 32 bytes");
}

BOOST_AUTO_TEST_CASE(names_are_texts_and_unique) {
  for (const auto& kid : {json::value(1), json::value(""), json::value()})
    BOOST_TEST(error_in_entry(with(rsa_signer().jwk(), "kid", kid))
               == "keys: key 2: \"kid\" must be a non-empty string");
  BOOST_TEST(error_in_entry(rsa_signer().jwk("one"))
             == "keys: key 2: \"kid\" is taken by an earlier key");
}

// -- signatures ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_key_knows_its_signatures) {
  for (const auto* signer :
       {&secret_signer(), &rsa_signer(), &curve_signer()}) {
    const auto keys = parse_web_keys(jwks_of({signer->jwk("one")}), "keys");
    BOOST_REQUIRE(keys);
    const auto* key = keys->find("one", signer->algorithm());
    BOOST_REQUIRE(key != nullptr);
    BOOST_TEST(name_of(key->algorithm()) == signer->algorithm());
    const auto signature = signer->sign("text");
    BOOST_TEST(key->verify("text", signature));
    BOOST_TEST(!key->verify("Text", signature));
    BOOST_TEST(!key->verify("text", ""));
    BOOST_TEST(!key->verify("text", signature + '\0'));
    BOOST_TEST(!key->verify("text", signature.substr(1)));
    BOOST_TEST(ERR_peek_error() == 0u);
  }
}

// -- files --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_key_file_is_read) {
  const temporary_file file(rsa_signer().key_text());
  BOOST_TEST(error_of(read_web_keys(file.path())) == "no error");
  file.write("short");
  BOOST_TEST(error_of(read_web_keys(file.path()))
             == file.path() + ": a secret must have at least 32 bytes");
  BOOST_TEST(error_of(read_web_keys("/nowhere/keys"))
             == "/nowhere/keys: cannot be read");
}

BOOST_AUTO_TEST_CASE(a_key_file_has_a_size_limit) {
  const std::string text(1024 * 1024, 'x');
  const temporary_file file(text);
  BOOST_TEST(error_of(read_web_keys(file.path())) == "no error");
  file.write(text + 'x');
  BOOST_TEST(error_of(read_web_keys(file.path()))
             == file.path() + ": is longer than 1048576 bytes");
}

BOOST_AUTO_TEST_CASE(an_error_never_shows_a_key) {
  const std::string secret = "not-long-enough";
  BOOST_TEST(error_in(secret).find(secret) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace web_keys_suite
