// What is matched without RE2 is matched as RE2 does it.

#include "stagedoor/protocol/plain_pattern.hpp"

#include "stagedoor/protocol/path_pattern.hpp"
#include "stagedoor/protocol/pattern_syntax.hpp"

#include <boost/test/unit_test.hpp>

#include <re2/re2.h>

#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace plain_pattern_suite {

using namespace stagedoor;

namespace {

using strings = std::vector<std::string>;

bool is_plain(std::string_view pattern) {
  std::string expression;
  BOOST_REQUIRE(to_re2(pattern, expression).empty());
  return stagedoor::plain_pattern::parse(expression).has_value();
}

std::string text_of(std::size_t length, const fields& captures) {
  auto result = std::to_string(length);
  for (const auto& [name, value] : captures)
    result += ' ' + name + '=' + value;
  return result;
}

std::string matched(const path_pattern& pattern, std::string_view path,
                    bool whole) {
  fields captures;
  if (whole)
    return pattern.match_whole(path, captures) ? text_of(path.size(), captures)
                                               : "no";
  const auto length = pattern.match_prefix(path, captures);
  return length ? text_of(*length, captures) : "no";
}

/// The same by RE2 alone.
class oracle {
public:
  explicit oracle(const std::string& pattern) {
    std::string expression;
    BOOST_REQUIRE(to_re2(pattern, expression).empty());
    compiled_ = std::make_unique<RE2>(expression, RE2::Quiet);
  }

  [[nodiscard]] std::string matched(std::string_view path, bool whole) const {
    std::vector<re2::StringPiece> groups(
        static_cast<std::size_t>(compiled_->NumberOfCapturingGroups()) + 1);
    if (!compiled_->Match(re2::StringPiece(path.data(), path.size()), 0,
                          path.size(),
                          whole ? RE2::ANCHOR_BOTH : RE2::ANCHOR_START,
                          groups.data(), static_cast<int>(groups.size())))
      return "no";
    fields captures;
    for (const auto& [index, name] : compiled_->CapturingGroupNames())
      if (const auto& group = groups[static_cast<std::size_t>(index)];
          group.data() != nullptr)
        captures.emplace_back(name, std::string{group.data(), group.size()});
    return text_of(groups[0].size(), captures);
  }

private:
  std::unique_ptr<RE2> compiled_;
};

/// Chooses by chance, but the same in each run.
class chooser {
public:
  const std::string& one_of(const strings& all) {
    return all[std::uniform_int_distribution<std::size_t>{0, all.size()
                                                                 - 1}(random_)];
  }

  /// Several of them in a row.
  std::string some_of(const strings& all, std::size_t most) {
    std::string result;
    for (auto left =
             std::uniform_int_distribution<std::size_t>{0, most}(random_);
         left > 0; --left)
      result += one_of(all);
    return result;
  }

private:
  std::mt19937 random_{1};
};

} // namespace

BOOST_AUTO_TEST_SUITE(plain_pattern)

BOOST_AUTO_TEST_CASE(the_usual_patterns_are_plain) {
  for (const auto* pattern : {"",
                              "$",
                              "posts/$",
                              "posts/?$",
                              "^posts/$",
                              R"(a\.b\-c)",
                              R"(articles/(?P<pk>\d+)/)",
                              R"(test_child_route/(?P<pk>[-\w]+)/$)",
                              R"(rooms/(?P<room>\w+)/$)",
                              "{int:year}/{slug:name}/$",
                              "{str:name}/",
                              "{path}",
                              "[^/]+/x",
                              R"(\w+)",
                              "a*b",
                              R"((\d+)-(?:x)/)",
                              ".+",
                              "[a-]+",
                              R"([\w.]+@)",
                              R"((?P<a>\d)(?P<b>\d)(?P<c>\d)(?P<d>\d)$)"})
    BOOST_TEST(is_plain(pattern), pattern);
}

BOOST_AUTO_TEST_CASE(what_may_need_more_is_left_to_re2) {
  for (const auto* pattern :
       {"a|b",       "(a|b)/",
        R"(\d+1)",   R"(\w+\d)",
        R"(\d*\w)",  "a?a",
        "{uuid:pk}", R"(\d{4})",
        "(?i)a",     "(a)+",
        "((a))",     "(?P<a>b)?",
        "a+?",       R"(\bab)",
        R"(\D+)",    R"([[:alpha:]])",
        "a$b",       "é",
        "[é]",       R"([\d-z])",
        "[]a]",      R"((?P<a>\d)(?P<b>\d)(?P<c>\d)(?P<d>\d)(?P<e>\d)$)",
        R"(\pN)",    R"(\z)",
        ".+/",       "[^a]+b"})
    BOOST_TEST(!is_plain(pattern), pattern);
}

BOOST_AUTO_TEST_CASE(a_path_that_is_not_ascii_is_left_to_re2_where_it_matters) {
  using outcome = stagedoor::plain_pattern::outcome;
  const auto match = [](std::string_view expression, std::string_view path) {
    stagedoor::plain_pattern::found found;
    return stagedoor::plain_pattern::parse(expression)
        ->match(path, false, found);
  };
  BOOST_TEST((match("[^/]+/", "caf\xC3\xA9/") == outcome::unknown));
  BOOST_TEST((match("[^/]+/", "\xFF/") == outcome::unknown));
  BOOST_TEST((match("[^/]+/", "cafe/\xC3\xA9") == outcome::yes));
  BOOST_TEST((match(R"(\w+/)", "caf\xC3\xA9/") == outcome::no));
  const oracle judge("[^/]+/");
  const auto subject = path_pattern::compile("[^/]+/");
  for (std::string_view path : {"caf\xC3\xA9/", "\xFF/", "\xC3/", "a\nb/"})
    BOOST_TEST(matched(*subject, path, false) == judge.matched(path, false));
}

BOOST_AUTO_TEST_CASE(generated_patterns_match_generated_paths_as_with_re2) {
  const strings parts{"a",
                      "b",
                      "/",
                      "-",
                      R"(\.)",
                      R"(\d)",
                      R"(\d+)",
                      R"(\w+)",
                      R"(\w*)",
                      R"([-\w]+)",
                      "[^/]+",
                      "[^/]*",
                      "[a-c0-5]+",
                      "[a-]?",
                      ".+",
                      ".",
                      "/?",
                      "a*",
                      R"((?P<g>\d+))",
                      R"((?P<h>[^/]*))",
                      R"((\w+))",
                      "(?:b)",
                      "{int:pk}",
                      "{slug}",
                      "{str:s}",
                      "$",
                      "^",
                      "a|b"};
  const strings letters{"a", "b",  "c",  "x",        "1", "7", "/", "/",
                        "-", "\n", "\t", "\xC3\xA9", ".", "_", "Z", "\xFF"};
  chooser any;
  std::size_t plain = 0;
  std::size_t matches = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto pattern = any.some_of(parts, 5) + (i % 2 == 0 ? "$" : "");
    const auto subject = path_pattern::compile(pattern);
    if (!subject)
      continue; // Two groups of one name.
    plain += is_plain(pattern) ? 1 : 0;
    const oracle judge(pattern);
    for (int j = 0; j < 25; ++j) {
      const auto path = any.some_of(letters, 7);
      for (const auto whole : {false, true}) {
        const auto expected = judge.matched(path, whole);
        matches += expected == "no" ? 0 : 1;
        BOOST_REQUIRE_MESSAGE(matched(*subject, path, whole) == expected,
                              pattern << " and " << path);
      }
    }
  }
  // Enough of both to prove something.
  BOOST_TEST(plain > 1000U);
  BOOST_TEST(matches > 10'000U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plain_pattern_suite
