#include "stagedoor/permissions/credentials/jwt.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/jwt_signer.hpp"
#include "support/temporary_file.hpp"

namespace jwt_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;
using time_point = std::chrono::system_clock::time_point;

/// The second at which all tests begin.
constexpr std::int64_t start_seconds = 1'800'000'000;

constexpr time_point start{std::chrono::seconds{start_seconds}};

/// `{"sub":"7",<more>}`.
std::string claims(std::string_view more = {}) {
  return std::string(R"({"sub":"7")")
      .append(more.empty() ? "" : ",")
      .append(more)
      .append("}");
}

/// The claim `name`, so many seconds from the start.
std::string date(std::string_view name, std::int64_t seconds) {
  return std::string("\"").append(name).append("\":").append(
      std::to_string(start_seconds + seconds));
}

/// An authenticator with a key file and a clock that stands still.
struct world {
  using change = std::function<void(jwt_options&)>;

  explicit world(std::string_view keys, const change& adapt = {}) : file(keys) {
    jwt_options options;
    options.key_file = file.path();
    options.clock = [this] { return now; };
    options.on_reload_error = [this](const caf::error& error) {
      reload_errors.push_back(text_of(error));
    };
    if (adapt)
      adapt(options);
    auto made = make_jwt_authenticator(std::move(options));
    BOOST_REQUIRE_MESSAGE(made, "no authenticator");
    tested = *made;
  }

  [[nodiscard]] std::optional<identity> ask(std::string_view token) const {
    return tested->authenticate(token);
  }

  [[nodiscard]] bool accepts(std::string_view token) const {
    return ask(token).has_value();
  }

  temporary_file file;
  time_point now = start;
  strings reload_errors;
  authenticator_ptr tested;
};

/// A world with the secret of `secret_signer`.
struct secret_world : world {
  explicit secret_world(const change& adapt = {})
      : world(secret_signer().key_text(), adapt) {}

  /// What becomes of a good token with these claims.
  [[nodiscard]] std::optional<identity> with(std::string_view all) const {
    return ask(secret_signer().token(all));
  }

  [[nodiscard]] bool accepts_with(std::string_view more) const {
    return with(claims(more)).has_value();
  }
};

/// Checks a claim of the wrong type: the good value is accepted, so that it is
/// the type that refuses the others.
void check_types(const std::string& name, const std::string& good,
                 const strings& bad) {
  const secret_world x;
  const auto claim = "\"" + name + "\":";
  BOOST_TEST(x.accepts_with(claim + good), claim << good);
  for (const auto& value : bad)
    BOOST_TEST(!x.accepts_with(claim + value), claim << value);
}

} // namespace

BOOST_AUTO_TEST_SUITE(jwt)

// -- why it is refused
// ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(says_why_a_token_is_refused) {
  const secret_world x([](jwt_options& options) {
    options.issuer = "us";
    options.audience = "them";
    options.expiry_required = true;
  });
  const auto why = [&](const std::string& token) {
    std::string result;
    BOOST_TEST(!x.tested->examine(token, result));
    return result;
  };
  const auto of = [&](const std::string& more) {
    return why(secret_signer().token(claims(more)));
  };
  const auto soon = date("exp", 60);
  const std::string good = R"("iss":"us","aud":"them",)" + soon;
  BOOST_TEST(x.accepts_with(good));
  BOOST_TEST(why("nothing") == "no JSON Web Token");
  BOOST_TEST(why("a.b.c")
             == "no JSON Web Token, or one with a header that is not "
                "understood");
  BOOST_TEST(why(curve_signer().token(claims(good)))
             == "no key has its kid and alg");
  const auto signed_well = secret_signer().token(claims(good));
  const auto last = signed_well.rfind('.') + 1;
  BOOST_TEST(why(signed_well.substr(0, last) + "!")
             == "a signature that is not base64url");
  BOOST_TEST(why(signed_well.substr(0, last) + "AAAA") == "a wrong signature");
  BOOST_TEST(why(secret_signer().token("[]")) == "claims that are no object");
  BOOST_TEST(of(R"("iss":"us","aud":"them")") == "no exp");
  BOOST_TEST(of(date("exp", -3600)) == "expired");
  BOOST_TEST(of(date("nbf", 3600) + "," + soon) == "not valid yet");
  BOOST_TEST(of(R"("exp":"soon")") == "nbf or exp is no number");
  BOOST_TEST(of(soon) == "another iss than jwt-issuer");
  BOOST_TEST(of(R"("iss":"us",)" + soon) == "an aud without jwt-audience");
  BOOST_TEST(of(good + R"(,"roles":1)")
             == "a claim of the user is missing or has a wrong type");
  BOOST_TEST(of(good + R"(,"is_active":false)") == "user \"7\" is not active");
  BOOST_TEST(why(std::string(jwt_options{}.token_bytes_max + 1, 'x'))
             == "a JSON Web Token of more than "
                    + std::to_string(jwt_options{}.token_bytes_max) + " bytes");
}

// -- what is accepted ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(accepts_a_token_of_each_algorithm) {
  for (const auto* signer :
       {&secret_signer(), &rsa_signer(), &curve_signer()}) {
    const world x(signer->key_text());
    const auto found = x.ask(signer->token(claims()));
    BOOST_TEST_CONTEXT(signer->algorithm()) {
      BOOST_REQUIRE(found.has_value());
      BOOST_TEST((found->who.id == json::value("7")));
    }
  }
}

BOOST_AUTO_TEST_CASE(accepts_many_signatures_of_a_curve) {
  // A number of a signature may begin with zeros, or with a high bit.
  const world x(curve_signer().key_text());
  for (int i = 0; i < 300; ++i)
    BOOST_REQUIRE(x.accepts(curve_signer().token(claims())));
}

BOOST_AUTO_TEST_CASE(a_secret_may_end_with_a_newline) {
  for (const auto* end : {"\n", "\r\n"}) {
    const world x(secret_signer().key_text() + end);
    BOOST_TEST(x.accepts(secret_signer().token(claims())));
  }
}

BOOST_AUTO_TEST_CASE(claims_become_a_user) {
  const secret_world x([](jwt_options& options) {
    options.groups = {{"g", {"b.b", "a.a"}}, {"h", {"a.a"}}, {"i", {"c.c"}}};
  });
  const auto found = x.with(
      claims(R"("preferred_username":"eve","username":"other","roles":["r"],)"
             R"("groups":["h","unknown","g"],"permissions":["p"],)"
             R"("is_active":true,"is_staff":true,"is_superuser":true,)"
             R"("iat":"whatever","jti":7,"attributes":{"a":1},"id":9,)"
             R"("group_permissions":["x.x"])"));
  BOOST_REQUIRE(found.has_value());
  const auto& who = found->who;
  BOOST_TEST((who.id == json::value("7")));
  BOOST_TEST(who.username == "eve");
  BOOST_TEST((who.roles == strings{"r"}));
  BOOST_TEST((who.groups == strings{"h", "unknown", "g"}));
  BOOST_TEST((who.permissions == strings{"p"}));
  BOOST_TEST((who.group_permissions == strings{"a.a", "b.b"}));
  BOOST_TEST(who.is_staff);
  BOOST_TEST(who.is_superuser);
  BOOST_TEST(who.attributes.empty());
  BOOST_TEST(!found->expires.has_value());
}

BOOST_AUTO_TEST_CASE(what_claims_leave_out_has_its_default) {
  const auto found = secret_world().with(claims());
  BOOST_REQUIRE(found.has_value());
  const auto& who = found->who;
  BOOST_TEST(who.username == "7");
  BOOST_TEST(who.is_active);
  BOOST_TEST(!who.is_staff);
  BOOST_TEST(!who.is_superuser);
  BOOST_TEST(who.roles.empty());
  BOOST_TEST(who.groups.empty());
  BOOST_TEST(who.permissions.empty());
}

BOOST_AUTO_TEST_CASE(the_subject_names_the_user) {
  const secret_world x;
  const auto number = x.with(R"({"sub":18446744073709551615})");
  BOOST_REQUIRE(number.has_value());
  BOOST_TEST((number->who.id == json::value(18446744073709551615U)));
  BOOST_TEST(number->who.username == "18446744073709551615");
  BOOST_TEST((x.with(R"({"sub":-1})")->who.id == json::value(-1)));
  BOOST_TEST(x.with(R"({"sub":"7","username":"eve"})")->who.username == "eve");
}

// -- the time -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_an_expired_token) {
  secret_world x;
  const auto more = date("exp", 0);
  BOOST_TEST(x.accepts_with(more));
  x.now = start + 30s;
  BOOST_TEST(x.accepts_with(more));
  x.now = start + 30s + 1ns;
  BOOST_TEST(!x.accepts_with(more));
  x.now = start + 31s;
  BOOST_TEST(!x.accepts_with(more));
}

BOOST_AUTO_TEST_CASE(refuses_a_token_that_is_not_yet_valid) {
  secret_world x;
  const auto more = date("nbf", 0);
  BOOST_TEST(x.accepts_with(more));
  x.now = start - 30s;
  BOOST_TEST(x.accepts_with(more));
  x.now = start - 30s - 1ns;
  BOOST_TEST(!x.accepts_with(more));
  x.now = start - 31s;
  BOOST_TEST(!x.accepts_with(more));
}

BOOST_AUTO_TEST_CASE(the_leeway_is_an_option) {
  const secret_world x([](jwt_options& options) { options.leeway = 0s; });
  BOOST_TEST(x.accepts_with(date("exp", 0)));
  BOOST_TEST(!x.accepts_with(date("exp", -1)));
  BOOST_TEST(x.accepts_with(date("nbf", 0)));
  BOOST_TEST(!x.accepts_with(date("nbf", 1)));
}

BOOST_AUTO_TEST_CASE(fractions_of_dates_count) {
  const secret_world x([](jwt_options& options) { options.leeway = 0s; });
  BOOST_TEST(x.accepts_with(date("exp", 0) + ".25"));
  BOOST_TEST(!x.accepts_with(date("exp", -1) + ".75"));
  BOOST_TEST(x.accepts_with(date("nbf", -1) + ".75"));
  BOOST_TEST(!x.accepts_with(date("nbf", 0) + ".25"));
}

BOOST_AUTO_TEST_CASE(an_identity_expires_at_exp_and_the_leeway) {
  const secret_world x;
  const auto found = x.with(claims(date("exp", 60) + ".5"));
  BOOST_REQUIRE(found.has_value());
  BOOST_REQUIRE(found->expires.has_value());
  BOOST_TEST((*found->expires == start + 90s + 500ms));
}

BOOST_AUTO_TEST_CASE(dates_may_be_far_away) {
  const secret_world x;
  for (const auto* date :
       {"7258118401", "253402300799", "1e300", "18446744073709551615"}) {
    const auto found = x.with(claims(std::string(R"("exp":)") + date));
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(
        (*found->expires == time_point{std::chrono::seconds{7258118430}}));
    BOOST_TEST(!x.accepts_with(std::string(R"("nbf":)") + date), date);
  }
  for (const auto* date : {"0", "-1", "-1e300", "-9223372036854775808"}) {
    BOOST_TEST(!x.accepts_with(std::string(R"("exp":)") + date), date);
    BOOST_TEST(x.accepts_with(std::string(R"("nbf":)") + date), date);
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_token_without_expiry_where_one_is_required) {
  const secret_world x(
      [](jwt_options& options) { options.expiry_required = true; });
  BOOST_TEST(!x.accepts_with(""));
  BOOST_TEST(x.accepts_with(date("exp", 60)));
}

// -- issuer and audience ------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_a_wrong_issuer) {
  const secret_world x([](jwt_options& options) { options.issuer = "us"; });
  BOOST_TEST(x.accepts_with(R"("iss":"us")"));
  for (const auto* more : {"", R"("iss":"them")", R"("iss":"us ")",
                           R"("iss":"u")", R"("iss":["us"])", R"("iss":null)"})
    BOOST_TEST(!x.accepts_with(more), more);
}

BOOST_AUTO_TEST_CASE(refuses_a_wrong_audience) {
  const secret_world x([](jwt_options& options) { options.audience = "us"; });
  for (const auto* more :
       {R"("aud":"us")", R"("aud":["us"])", R"("aud":["them","us"])"})
    BOOST_TEST(x.accepts_with(more), more);
  for (const auto* more :
       {"", R"("aud":"them")", R"("aud":[])", R"("aud":["them"])",
        R"("aud":["us",1])", R"("aud":{"us":"us"})", R"("aud":"us them")"})
    BOOST_TEST(!x.accepts_with(more), more);
}

BOOST_AUTO_TEST_CASE(issuer_and_audience_are_not_checked_unasked) {
  BOOST_TEST(secret_world().accepts_with(R"("iss":"any","aud":"any")"));
}

// -- keys ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_a_token_of_another_key) {
  BOOST_TEST(!secret_world().accepts(
      jwt_signer::with_secret(std::string(32, 'x')).token(claims())));
  const world rsa(rsa_signer().key_text());
  BOOST_TEST(!rsa.accepts(jwt_signer::with_rsa().token(claims())));
  const world curve(curve_signer().key_text());
  BOOST_TEST(!curve.accepts(jwt_signer::with_curve().token(claims())));
}

BOOST_AUTO_TEST_CASE(a_kid_picks_exactly_that_key) {
  const auto other = jwt_signer::with_curve();
  const world x(jwks_of({curve_signer().jwk("one"), other.jwk("two"),
                         rsa_signer().jwk("three")}));
  BOOST_TEST(x.accepts(curve_signer().token(claims(), "one")));
  BOOST_TEST(x.accepts(other.token(claims(), "two")));
  BOOST_TEST(x.accepts(rsa_signer().token(claims(), "three")));
  BOOST_TEST(!x.accepts(curve_signer().token(claims(), "two")));
  BOOST_TEST(!x.accepts(other.token(claims(), "one")));
  BOOST_TEST(!x.accepts(curve_signer().token(claims(), "three")));
}

BOOST_AUTO_TEST_CASE(refuses_an_unknown_kid) {
  const world x(jwks_of({curve_signer().jwk("one")}));
  for (const auto* kid : {"two", "ONE", "one ", "on"})
    BOOST_TEST(!x.accepts(curve_signer().token(claims(), kid)), kid);
  BOOST_TEST(!x.accepts(
      curve_signer().token_with(R"({"alg":"ES256","kid":""})", claims())));
}

BOOST_AUTO_TEST_CASE(a_token_without_a_kid_needs_the_only_key) {
  const auto other = jwt_signer::with_curve();
  const world one(
      jwks_of({curve_signer().jwk("one"), rsa_signer().jwk("two")}));
  BOOST_TEST(one.accepts(curve_signer().token(claims())));
  BOOST_TEST(one.accepts(rsa_signer().token(claims())));
  BOOST_TEST(!one.accepts(secret_signer().token(claims())));
  const world two(jwks_of({curve_signer().jwk("one"), other.jwk("two")}));
  BOOST_TEST(!two.accepts(curve_signer().token(claims())));
  BOOST_TEST(!two.accepts(other.token(claims())));
}

BOOST_AUTO_TEST_CASE(a_key_without_a_name_is_found_without_one_only) {
  const world x(jwks_of({curve_signer().jwk()}));
  BOOST_TEST(x.accepts(curve_signer().token(claims())));
  BOOST_TEST(!x.accepts(curve_signer().token(claims(), "one")));
}

BOOST_AUTO_TEST_CASE(a_pem_or_a_secret_is_the_key_whatever_the_kid) {
  const world x(curve_signer().key_text());
  BOOST_TEST(x.accepts(curve_signer().token(claims(), "any")));
  BOOST_TEST(secret_world().accepts(secret_signer().token(claims(), "any")));
}

// -- rotation -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_new_key_is_picked_up_when_its_kid_comes) {
  const auto next = jwt_signer::with_curve();
  world x(jwks_of({curve_signer().jwk("old")}));
  const auto token = next.token(claims(), "new");
  BOOST_TEST(!x.accepts(token));
  x.file.write(jwks_of({curve_signer().jwk("old"), next.jwk("new")}));
  x.now = start + 999ms;
  BOOST_TEST(!x.accepts(token)); // Nobody can make us read all the time.
  x.now = start + 1s;
  BOOST_TEST(x.accepts(token));
  BOOST_TEST(x.accepts(curve_signer().token(claims(), "old")));
}

BOOST_AUTO_TEST_CASE(a_key_that_is_gone_is_refused_after_the_next_look) {
  const auto next = jwt_signer::with_curve();
  world x(jwks_of({curve_signer().jwk("old"), next.jwk("new")}));
  const auto token = curve_signer().token(claims(), "old");
  x.file.write(jwks_of({next.jwk("new")}));
  x.now = start + 4999ms;
  BOOST_TEST(x.accepts(token));
  x.now = start + 5s;
  BOOST_TEST(!x.accepts(token));
  BOOST_TEST(x.accepts(next.token(claims(), "new")));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_does_not_stop_the_looks) {
  const auto next = jwt_signer::with_curve();
  world x(jwks_of({curve_signer().jwk("old")}));
  x.file.write(jwks_of({next.jwk("new")}));
  x.now = start - 1h;
  BOOST_TEST(x.accepts(next.token(claims(), "new")));
}

BOOST_AUTO_TEST_CASE(a_file_that_turns_bad_keeps_the_keys_and_is_told_once) {
  world x(jwks_of({curve_signer().jwk("one")}));
  const auto token = curve_signer().token(claims(), "one");
  const auto& path = x.file.path();
  x.file.write("{");
  x.now += 5s;
  BOOST_TEST(x.accepts(token));
  x.now += 5s;
  BOOST_TEST(x.accepts(token));
  BOOST_TEST(
      (x.reload_errors
       == strings{path + ": begins like a JWKS, but is not valid JSON"}));
  std::filesystem::remove(path);
  x.now += 5s;
  BOOST_TEST(x.accepts(token));
  x.now += 5s;
  BOOST_TEST(x.accepts(token));
  BOOST_REQUIRE(x.reload_errors.size() == 2u);
  BOOST_TEST(x.reload_errors.back() == path + ": cannot be read");
  const auto next = jwt_signer::with_curve();
  x.file.write(jwks_of({next.jwk("two")}));
  x.now += 5s;
  BOOST_TEST(!x.accepts(token));
  BOOST_TEST(x.accepts(next.token(claims(), "two")));
  BOOST_TEST(x.reload_errors.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_may_not_turn_into_another_form) {
  const std::string page = "An-error-page-that-everyone-can-read";
  for (const auto& before :
       {jwks_of({curve_signer().jwk("one")}), curve_signer().key_text()}) {
    world x(before);
    x.file.write(page);
    x.now += 5s;
    BOOST_TEST(x.accepts(curve_signer().token(claims(), "one")));
    BOOST_TEST(!x.accepts(jwt_signer::with_secret(page).token(claims())));
    BOOST_TEST((x.reload_errors
                == strings{x.file.path()
                           + ": must stay what it was: a JWKS, a PEM or a "
                             "secret"}));
  }
}

BOOST_AUTO_TEST_CASE(a_secret_can_be_changed_too) {
  secret_world x;
  const auto next = jwt_signer::with_secret(std::string(40, 's'));
  x.file.write(next.key_text());
  x.now += 5s;
  BOOST_TEST(x.accepts(next.token(claims())));
  BOOST_TEST(!x.accepts(secret_signer().token(claims())));
}

BOOST_AUTO_TEST_CASE(several_threads_may_ask_while_keys_change) {
  const auto next = jwt_signer::with_curve();
  const temporary_file file(jwks_of({curve_signer().jwk("one")}));
  jwt_options options;
  options.key_file = file.path();
  options.key_check_interval = 0ms;
  const auto made = make_jwt_authenticator(std::move(options));
  BOOST_REQUIRE(made);
  const auto first = curve_signer().token(claims(), "one");
  const auto second = next.token(claims(), "two");
  std::vector<std::thread> threads;
  std::atomic<int> accepted = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k)
        accepted += (*made)->authenticate(first).has_value()
                    || (*made)->authenticate(second).has_value();
    });
  for (int i = 0; i < 20; ++i)
    file.write(
        jwks_of({i % 2 == 0 ? next.jwk("two") : curve_signer().jwk("one")}));
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(accepted > 0);
  BOOST_TEST((*made)->authenticate(first).has_value());
}

// -- algorithms ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_the_algorithm_none) {
  for (const std::string name : {"none", "None", "NONE", "nOnE", ""}) {
    const auto text =
        encode_base64url(R"({"alg":")" + name + R"(","typ":"JWT"})") + "."
        + encode_base64url(claims());
    for (const auto* signer :
         {&secret_signer(), &rsa_signer(), &curve_signer()}) {
      const world x(signer->key_text());
      BOOST_TEST(!x.accepts(text + "."), name);
      BOOST_TEST(!x.accepts(text), name);
      // Also with a signature that would be good.
      BOOST_TEST(!x.accepts(text + "." + encode_base64url(signer->sign(text))),
                 name);
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_hs256_signed_with_the_public_key) {
  for (const auto* signer : {&rsa_signer(), &curve_signer()}) {
    auto pem = signer->key_text();
    const world file(pem);
    const world set(jwks_of({signer->jwk("one")}));
    for (int i = 0; i < 2; ++i) {
      const auto forger = jwt_signer::with_secret(pem);
      BOOST_TEST(!file.accepts(forger.token(claims())));
      BOOST_TEST(!set.accepts(forger.token(claims(), "one")));
      BOOST_TEST(!set.accepts(forger.token(claims())));
      pem.pop_back(); // Once more without the newline.
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_any_algorithm_but_the_keys) {
  for (const auto* signer :
       {&secret_signer(), &rsa_signer(), &curve_signer()}) {
    const world file(signer->key_text());
    const world set(jwks_of({signer->jwk("one")}));
    for (const std::string name :
         {"HS256", "RS256", "ES256", "HS384", "HS512", "RS512", "PS256",
          "ES384", "EdDSA", "hs256", "rs256", "es256", "RS256 "}) {
      const auto good = name == signer->algorithm();
      const auto header = R"({"alg":")" + name + R"(","kid":"one"})";
      const auto token = signer->token_with(header, claims());
      BOOST_TEST(file.accepts(token) == good, header);
      BOOST_TEST(set.accepts(token) == good, header);
    }
  }
}

// -- headers ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_a_header_without_a_good_algorithm) {
  const secret_world x;
  for (const auto* header :
       {"{}", R"({"typ":"JWT"})", R"({"alg":null})", R"({"alg":["HS256"]})",
        R"({"alg":256})", R"(["HS256"])", R"("HS256")", "", "{",
        "\xEF\xBB\xBF{\"alg\":\"HS256\"}", R"({"alg":"HS256"}x)"})
    BOOST_TEST(!x.accepts(secret_signer().token_with(header, claims())),
               header);
  BOOST_TEST(
      x.accepts(secret_signer().token_with(R"({"alg":"HS256"})", claims())));
}

BOOST_AUTO_TEST_CASE(refuses_critical_extensions) {
  const secret_world x;
  for (const std::string crit : {"[]", "null", R"(["exp"])", R"(["b64"])"})
    BOOST_TEST(!x.accepts(secret_signer().token_with(
                   R"({"alg":"HS256","crit":)" + crit + "}", claims())),
               crit);
}

BOOST_AUTO_TEST_CASE(refuses_a_kid_that_is_no_string) {
  const secret_world x;
  for (const std::string kid : {"null", "1", "[]", "true"})
    BOOST_TEST(!x.accepts(secret_signer().token_with(
                   R"({"alg":"HS256","kid":)" + kid + "}", claims())),
               kid);
}

BOOST_AUTO_TEST_CASE(refuses_a_key_that_the_header_carries) {
  const world x(jwks_of({curve_signer().jwk("one")}));
  const auto forger = jwt_signer::with_curve();
  const json::object header{
      {"alg", "ES256"}, {"kid", "one"}, {"jwk", forger.jwk("one")}};
  BOOST_TEST(!x.accepts(forger.token_with(to_json(header), claims())));
  BOOST_TEST(x.accepts(curve_signer().token_with(to_json(header), claims())));
}

// -- form ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_every_shorter_token) {
  for (const auto* signer :
       {&secret_signer(), &rsa_signer(), &curve_signer()}) {
    const world x(signer->key_text());
    const auto token = signer->token(claims());
    BOOST_TEST(x.accepts(token));
    for (std::size_t size = 0; size < token.size(); ++size)
      BOOST_REQUIRE_MESSAGE(!x.accepts(token.substr(0, size)), size);
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_token_with_one_character_changed) {
  for (const auto* signer :
       {&secret_signer(), &rsa_signer(), &curve_signer()}) {
    const world x(signer->key_text());
    auto token = signer->token(claims());
    for (auto& digit : token)
      for (const char other : {'A', 'B', '-', '.', '=', '\0'}) {
        const char before = std::exchange(digit, other);
        if (other != before)
          BOOST_REQUIRE_MESSAGE(!x.accepts(token), &digit - token.data());
        digit = before;
      }
    BOOST_TEST(x.accepts(token));
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_changed_payload) {
  for (const auto* signer :
       {&secret_signer(), &rsa_signer(), &curve_signer()}) {
    const world x(signer->key_text());
    const auto token = signer->token(claims());
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    BOOST_TEST(!x.accepts(token.substr(0, first + 1)
                          + encode_base64url(claims(R"("is_superuser":true)"))
                          + token.substr(last)));
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_changed_signature) {
  const world x(curve_signer().key_text());
  const auto one = curve_signer().token(claims());
  const auto two = curve_signer().token(claims(R"("roles":["r"])"));
  BOOST_TEST(
      !x.accepts(one.substr(0, one.rfind('.')) + two.substr(two.rfind('.'))));
  const auto text = one.substr(0, one.rfind('.') + 1);
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 96U, 1000U})
    for (const char byte : {'\0', '\xff'})
      BOOST_TEST(!x.accepts(text + encode_base64url(std::string(size, byte))));
}

BOOST_AUTO_TEST_CASE(refuses_bad_base64) {
  const secret_world x;
  const auto good = secret_signer().token(claims());
  for (const std::string junk : {"=", "==", " ", "\n", "+", "/", ".", "!", "A"})
    for (const auto& token : {good + junk, junk + good})
      BOOST_TEST(!x.accepts(token), token);
  // Parts that are signed as they are, though they are not base64url.
  const auto signed_as_is = [](const std::string& text) {
    return text + "." + encode_base64url(secret_signer().sign(text));
  };
  const auto header = encode_base64url(R"({"alg":"HS256"})");
  const auto body = encode_base64url(claims());
  BOOST_TEST(x.accepts(signed_as_is(header + "." + body)));
  for (const std::string junk : {"=", "A", " ", "*"}) {
    BOOST_TEST(!x.accepts(signed_as_is(header + "." + body + junk)), junk);
    BOOST_TEST(!x.accepts(signed_as_is(header + junk + "." + body)), junk);
  }
  BOOST_TEST(!x.accepts("Bearer " + good));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_token) {
  const secret_world x;
  for (const auto* token : {"", ".", "..", "...", "a", "a.b", "a.b.c", "a..c",
                            "eyJhbGciOiJIUzI1NiJ9..", "alice-token"})
    BOOST_TEST(!x.accepts(token), token);
}

BOOST_AUTO_TEST_CASE(takes_a_token_up_to_its_longest) {
  const secret_world x;
  // Claims of any size: spaces stand for what else an issuer might write.
  const auto of_size = [](std::size_t bytes) {
    std::string text = claims();
    std::string token;
    while (token.size() < bytes) {
      token = secret_signer().token(text);
      text.insert(1, bytes > token.size() + 8 ? (bytes - token.size()) / 2 : 1,
                  ' ');
    }
    return token;
  };
  auto at = of_size(8192);
  BOOST_REQUIRE(at.size() == 8192u);
  BOOST_TEST(x.accepts(at));
  at = of_size(8193);
  BOOST_REQUIRE(at.size() > 8192u);
  BOOST_TEST(!x.accepts(at));
  const secret_world wider(
      [&](jwt_options& options) { options.token_bytes_max = at.size(); });
  BOOST_TEST(wider.accepts(at));
}

BOOST_AUTO_TEST_CASE(refuses_a_token_of_a_megabyte) {
  const secret_world x;
  const auto claim = R"("x":")" + std::string(1024 * 1024, 'x') + '"';
  BOOST_TEST(!x.accepts_with(claim));
  BOOST_TEST(!x.accepts(std::string(1024 * 1024, 'a')));
  BOOST_TEST(!x.accepts(std::string(1024 * 1024, '.')));
  const secret_world wider(
      [](jwt_options& options) { options.token_bytes_max = 2 * 1024 * 1024; });
  BOOST_TEST(wider.accepts_with(claim));
}

// -- claims -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_claims_that_are_no_object) {
  const secret_world x;
  for (const auto* text : {"", "{", "[]", "\"7\"", "null", R"({"sub":"7"}x)",
                           "{\"sub\":\"\xff\"}"})
    BOOST_TEST(!x.with(text).has_value(), text);
  const auto nested = [](std::size_t depth) {
    return R"("x":)" + std::string(depth - 1, '[')
           + std::string(depth - 1, ']');
  };
  BOOST_TEST(x.accepts_with(nested(32)));
  BOOST_TEST(!x.accepts_with(nested(33)));
}

BOOST_AUTO_TEST_CASE(refuses_a_token_without_a_subject) {
  const secret_world x;
  for (const auto* text :
       {"{}", R"({"sub":""})", R"({"sub":null})", R"({"sub":1.5})",
        R"({"sub":true})", R"({"sub":["7"]})", R"({"username":"eve"})"})
    BOOST_TEST(!x.with(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(refuses_claims_of_the_wrong_type) {
  const strings no_numbers{"null", "\"1900000000\"", "[]", "true", "{}"};
  check_types("exp", "1900000000", no_numbers);
  check_types("nbf", "1700000000", no_numbers);
  const strings no_flags{"null", "1", "\"true\"", "[]"};
  for (const auto* name : {"is_active", "is_staff", "is_superuser"})
    check_types(name, "true", no_flags);
  const strings no_lists{"null", "\"x\"", "[1]", R"(["x",""])", "{}"};
  for (const auto* name : {"roles", "groups", "permissions"})
    check_types(name, R"(["x"])", no_lists);
  const strings no_texts{"null", "1", "\"\"", "[\"x\"]"};
  for (const auto* name : {"username", "preferred_username"})
    check_types(name, "\"x\"", no_texts);
}

BOOST_AUTO_TEST_CASE(refuses_a_user_who_is_not_active) {
  const secret_world x;
  BOOST_TEST(!x.accepts_with(R"("is_active":false)"));
}

// -- options ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(bad_options_are_told) {
  const temporary_file file(secret_signer().key_text());
  const auto error_with = [&](const world::change& adapt) {
    jwt_options options;
    options.key_file = file.path();
    adapt(options);
    const auto made = make_jwt_authenticator(std::move(options));
    return made ? "no error" : text_of(made.error());
  };
  BOOST_TEST(error_with([](auto& x) { x.leeway = 1h; }) == "no error");
  BOOST_TEST(error_with([](auto& x) { x.leeway = 1h + 1ms; })
             == "leeway: from 0s to 1h");
  BOOST_TEST(error_with([](auto& x) { x.leeway = -1ms; })
             == "leeway: from 0s to 1h");
  BOOST_TEST(error_with([](auto& x) { x.issuer = ""; })
             == "issuer: must not be empty");
  BOOST_TEST(error_with([](auto& x) { x.audience = ""; })
             == "audience: must not be empty");
  BOOST_TEST(error_with([](auto& x) { x.key_file = "/nowhere/keys"; })
             == "/nowhere/keys: cannot be read");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace jwt_suite
