#include "stagedoor/permissions/credentials/attribute_claims.hpp"

#include "stagedoor/permissions/credentials/credential_limits.hpp"
#include "stagedoor/permissions/credentials/jwt.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

#include "support/jwt_signer.hpp"
#include "support/temporary_file.hpp"

namespace attribute_claims_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using strings = std::vector<std::string>;
using limits = credential_limits;

/// The attributes that a good token with these claims gives, as JSON; or why it
/// is refused.
std::string attributes_of(const strings& names, const std::string& claims) {
  const temporary_file file(secret_signer().key_text());
  jwt_options options;
  options.key_file = file.path();
  options.attribute_claims = names;
  const auto made = make_jwt_authenticator(std::move(options));
  if (!made)
    return text_of(made.error());
  std::string why;
  const auto found = (*made)->examine(
      secret_signer().token(R"({"sub":"7",)" + claims + '}'), why);
  return found ? to_json(json::value(found->who.attributes)) : why;
}

const std::string wrong_claim =
    "a claim of jwt-attribute-claims has a wrong type or is too long";

strings numbered(std::size_t count) {
  strings result;
  while (result.size() < count)
    result.push_back("claim" + std::to_string(result.size()));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(attribute_claims)

BOOST_AUTO_TEST_CASE(named_claims_become_attributes_at_the_same_places) {
  const strings names{"tenant",           "org.id", "org.unit.name",
                      "https://a.b/team", "absent", "tenants.x"};
  BOOST_TEST(attributes_of(names, R"("tenant":"acme","org":{"id":7,"more":1,)"
                                  R"("unit":{"name":true}},"tenants":"no",)"
                                  R"("https://a.b/team":"t","other":1)")
             == R"({"tenant":"acme","org":{"id":7,"unit":{"name":true}},)"
                R"("https://a.b/team":"t"})");
  BOOST_TEST(attributes_of({}, R"("tenant":"acme")") == "{}");
}

BOOST_AUTO_TEST_CASE(a_claim_of_another_type_refuses_the_token) {
  BOOST_TEST(attributes_of({"x"}, R"("x":-1)") == R"({"x":-1})");
  for (const std::string bad : {"null", "1.5", "[]", "[\"a\"]", "{}", "\"\""}) {
    BOOST_TEST(attributes_of({"x"}, "\"x\":" + bad) == wrong_claim, bad);
    BOOST_TEST(attributes_of({"y"}, "\"x\":" + bad) == "{}", bad);
  }
}

BOOST_AUTO_TEST_CASE(a_claim_has_a_bounded_length) {
  const std::string most(limits::attribute_bytes_max, 'x');
  BOOST_TEST(attributes_of({"x"}, R"("x":")" + most + '"')
             == R"({"x":")" + most + "\"}");
  BOOST_TEST(attributes_of({"x"}, R"("x":"y)" + most + '"') == wrong_claim);
}

BOOST_AUTO_TEST_CASE(names_of_claims_are_bounded_in_number_and_length) {
  BOOST_TEST(fault_of_claim_names(numbered(limits::attribute_claims_max))
             == "");
  BOOST_TEST(fault_of_claim_names(numbered(limits::attribute_claims_max + 1))
             == "at most 16 claims");
  const std::string most(limits::attribute_name_bytes_max, 'x');
  BOOST_TEST(fault_of_claim_names({most}) == "");
  BOOST_TEST(fault_of_claim_names({most + 'y'})
             == '"' + most + "y\" has more than 128 bytes");
}

BOOST_AUTO_TEST_CASE(names_of_claims_do_not_overlap) {
  const auto twice = [](const std::string& name) {
    return '"' + name + "\" is named twice, or is inside another claim";
  };
  BOOST_TEST(fault_of_claim_names({"org.id", "org.ids", "organ"}) == "");
  BOOST_TEST(fault_of_claim_names({"a", "a"}) == twice("a"));
  BOOST_TEST(fault_of_claim_names({"org", "org.id"}) == twice("org.id"));
  BOOST_TEST(fault_of_claim_names({"org.id", "org"}) == twice("org"));
}

BOOST_AUTO_TEST_CASE(names_of_claims_are_well_formed) {
  for (const std::string name : {"", ".", ".a", "a.", "a..b"})
    BOOST_TEST(fault_of_claim_names({name})
               == '"' + name + "\" has an empty part");
  for (const std::string name : {" a", "a b", "a\t", "a\x7f"})
    BOOST_TEST(fault_of_claim_names({name}) == '"' + name + "\" has a blank");
  BOOST_TEST(attributes_of({"a."}, R"("a":1)").find("attribute_claims: ")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace attribute_claims_suite
