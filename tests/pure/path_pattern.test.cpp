#include "stagedoor/protocol/path_pattern.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace path_pattern_suite {

using namespace stagedoor;

namespace {

path_pattern compiled(std::string text) {
  auto result = path_pattern::compile(std::move(text));
  BOOST_REQUIRE(result);
  return *result;
}

std::string error_text(std::string text) {
  const auto result = path_pattern::compile(std::move(text));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::invalid_endpoint));
  return text_of(result.error());
}

/// The bytes of a prefix that match, -1 for no match.
int prefix(const char* pattern, std::string_view path) {
  fields captures;
  const auto length = compiled(pattern).match_prefix(path, captures);
  return length ? static_cast<int>(*length) : -1;
}

bool whole(const char* pattern, std::string_view path) {
  fields captures;
  return compiled(pattern).match_whole(path, captures);
}

/// `(?P<g1>a)(?P<g2>a)…`
std::string groups_pattern(std::size_t count) {
  std::string result;
  for (std::size_t i = 1; i <= count; ++i)
    result += "(?P<g" + std::to_string(i) + ">[a-z])";
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(path_pattern)

BOOST_AUTO_TEST_CASE(keeps_its_text) {
  BOOST_TEST(compiled("a/(?P<pk>\\d+)$").text() == "a/(?P<pk>\\d+)$");
}

BOOST_AUTO_TEST_CASE(names_the_pattern_and_the_reason_if_it_does_not_compile) {
  BOOST_TEST(error_text("posts/(")
             == "pattern \"posts/(\": missing ): posts/(");
  BOOST_TEST(error_text("[z-a]").starts_with("pattern \"[z-a]\": "));
  BOOST_TEST(error_text("(?=x)").starts_with("pattern \"(?=x)\": "));
}

BOOST_AUTO_TEST_CASE(refuses_a_pattern_that_grows_out_of_bounds) {
  BOOST_TEST(error_text("((a{100}){100}){100}").starts_with("pattern \"((a{"));
}

BOOST_AUTO_TEST_CASE(matches_a_prefix_from_the_start_only) {
  BOOST_TEST(prefix("posts/", "posts/7") == 6);
  BOOST_TEST(prefix("posts/", "posts/") == 6);
  BOOST_TEST(prefix("posts/", "posts") == -1);
  BOOST_TEST(prefix("posts/", "/posts/") == -1);
  BOOST_TEST(prefix("a|bcd", "bcde") == 3);
}

BOOST_AUTO_TEST_CASE(compares_what_all_matches_begin_with_and_no_more) {
  // What one of them begins with must not be asked of all.
  BOOST_TEST(prefix("abc|abd", "abd") == 3);
  BOOST_TEST(prefix("abc|abd", "ab") == -1);
  BOOST_TEST(prefix("abc*", "ab") == 2);
  BOOST_TEST(prefix("abc?d", "abd") == 3);
  BOOST_TEST(prefix("abc{0}d", "abd") == 3);
  BOOST_TEST(prefix("(abc)?d", "d") == 1);
  BOOST_TEST(prefix("(?i)abc", "aBC") == 3);
  BOOST_TEST(prefix("a(?i)b", "aB") == 2);
  BOOST_TEST(prefix("ab||c", "x") == 0);
  BOOST_TEST(prefix("\\Qa.", "a.b") == 2);
  BOOST_TEST(prefix("\\Qa.", "aab") == -1);
  BOOST_TEST(prefix("\\bab", "ab") == 2);
  BOOST_TEST(prefix("a^b", "ab") == -1);
  BOOST_TEST(prefix("(?m)a$", "a\n") == 1);
  BOOST_TEST(prefix("\xC3\xA4|\xC3\xA5", "\xC3\xA5") == 2);
  BOOST_TEST(prefix("", "x") == 0);
  const auto many = std::string(300, 'a');
  BOOST_TEST(prefix(many.c_str(), many + "b") == 300);
  BOOST_TEST(prefix(many.c_str(), many.substr(1)) == -1);
}

BOOST_AUTO_TEST_CASE(
    a_pattern_that_is_valid_only_with_something_around_is_not) {
  BOOST_TEST(error_text("a)(?:b").starts_with("pattern \"a)(?:b\": "));
  BOOST_TEST(error_text("a)|(?:b").starts_with("pattern \"a)|(?:b\": "));
}

BOOST_AUTO_TEST_CASE(matches_the_whole_of_a_path) {
  BOOST_TEST(whole("/ws/", "/ws/"));
  BOOST_TEST(!whole("/ws/", "/ws/x"));
  BOOST_TEST(!whole("/ws/", "x/ws/"));
  // The alternative that comes first is too short, and so not the match.
  BOOST_TEST(whole("/a|/abc", "/abc"));
}

BOOST_AUTO_TEST_CASE(anchors_of_the_pattern_mean_the_ends_of_the_path) {
  BOOST_TEST(prefix("^posts/", "posts/7") == 6);
  BOOST_TEST(prefix("posts$", "posts") == 5);
  BOOST_TEST(prefix("posts$", "posts/") == -1);
  BOOST_TEST(prefix("posts$", "posts\n") == -1);
  BOOST_TEST(prefix("^$", "") == 0);
  BOOST_TEST(prefix("^$", "x") == -1);
  BOOST_TEST(prefix("x\n^y", "x\ny") == -1);
  BOOST_TEST(whole("^/ws/$", "/ws/"));
  BOOST_TEST(!whole("^/ws/$", "/ws/\n"));
}

BOOST_AUTO_TEST_CASE(a_path_that_is_part_of_a_longer_text_ends_where_it_ends) {
  const std::string_view text = "posts/7/comments";
  BOOST_TEST(prefix("7$", text.substr(6, 1)) == 1);
  BOOST_TEST(prefix("^7", text.substr(6)) == 1);
  BOOST_TEST(!whole("7/", text.substr(6, 1)));
}

BOOST_AUTO_TEST_CASE(an_empty_path_can_match) {
  fields captures;
  const auto pattern = compiled("(?P<rest>.*)");
  const auto length = pattern.match_prefix(std::string_view{}, captures);
  BOOST_REQUIRE(length.has_value());
  BOOST_TEST(*length == 0U);
  BOOST_REQUIRE(captures.size() == 1U);
  BOOST_TEST(captures[0].first == "rest");
  BOOST_TEST(captures[0].second == "");
  BOOST_TEST(prefix("x", std::string_view{}) == -1);
}

BOOST_AUTO_TEST_CASE(named_groups_are_captured_in_order) {
  fields captures;
  const auto pattern = compiled("(?P<z>\\w+)/(x|y)/(?P<a>\\d+)(/)?");
  BOOST_TEST(pattern.match_whole("posts/y/42", captures));
  BOOST_TEST((captures == fields{{"z", "posts"}, {"a", "42"}}));
}

BOOST_AUTO_TEST_CASE(a_capture_replaces_an_earlier_one_of_its_name) {
  fields captures{{"pk", "1"}, {"kept", "k"}};
  BOOST_TEST(compiled("(?P<new>n)(?P<pk>\\d+)").match_whole("n22", captures));
  BOOST_TEST((captures == fields{{"pk", "22"}, {"kept", "k"}, {"new", "n"}}));
}

BOOST_AUTO_TEST_CASE(a_group_without_a_part_in_the_match_is_left_out) {
  fields captures{{"b", "outer"}};
  const auto pattern = compiled("(?:(?P<a>a)|(?P<b>b)|(?P<c>c))(?P<d>d?)");
  BOOST_TEST(pattern.match_whole("a", captures));
  BOOST_TEST((captures == fields{{"b", "outer"}, {"a", "a"}, {"d", ""}}));
}

BOOST_AUTO_TEST_CASE(two_groups_of_one_name_are_refused) {
  for (const auto* pattern : {"(?P<x>a)(?P<x>b)", "(?:(?P<x>a)|(?P<x>b))"})
    BOOST_TEST(
        error_text(pattern).ends_with("\": has two groups of the name \"x\""));
}

BOOST_AUTO_TEST_CASE(names_in_braces_match_as_in_django) {
  BOOST_TEST(whole("{int}/", "007/"));
  for (const auto* other : {"/", "-7/", "7a/", "٣/"})
    BOOST_TEST(!whole("{int}/", other), other);
  BOOST_TEST(whole("{slug}/", "a-B_9/"));
  for (const auto* other : {"/", "a.b/", "a b/", "é/"})
    BOOST_TEST(!whole("{slug}/", other), other);
  BOOST_TEST(whole("{str}/", "é .٣/"));
  for (const auto* other : {"/", "a/b/"})
    BOOST_TEST(!whole("{str}/", other), other);
  BOOST_TEST(whole("{path}/", "a/b/"));
  BOOST_TEST(!whole("{path}/", "/"));
  BOOST_TEST(whole("{uuid}/", "075194d3-6885-417e-a8a8-6c931e272f00/"));
  for (const auto* other : {"075194D3-6885-417E-A8A8-6C931E272F00/",
                            "075194d36885417ea8a86c931e272f00/",
                            "075194d3-6885-417e-a8a8-6c931e272f0/"})
    BOOST_TEST(!whole("{uuid}/", other), other);
  // They are one atom, and stand beside everything else.
  BOOST_TEST(whole("a({int},)*{int}?$", "a1,22,3"));
  BOOST_TEST(!whole("{uuid}?/", "075194d3-6885-417e-a8a8-/"));
}

BOOST_AUTO_TEST_CASE(names_in_braces_may_name_their_group) {
  fields captures;
  const auto pattern = compiled("posts/{int:pk}/{slug:title}/");
  BOOST_TEST(pattern.match_whole("posts/7/a-b/", captures));
  BOOST_TEST((captures == fields{{"pk", "7"}, {"title", "a-b"}}));
  BOOST_TEST(pattern.has_group("pk"));
  BOOST_TEST(pattern.text() == "posts/{int:pk}/{slug:title}/");
  BOOST_TEST(pattern.prefix() == "posts/");
  BOOST_TEST(error_text("{int:pk}/{str:pk}/")
             == "pattern \"{int:pk}/{str:pk}/\": has two groups of the name "
                "\"pk\"");
}

BOOST_AUTO_TEST_CASE(unknown_names_in_braces_are_refused) {
  for (const auto* part : {"{itn}", "{Int}", "{int", "{integer:pk}"})
    BOOST_TEST(error_text(part).ends_with(
        std::string("\": there is no ") + part
        + ", only {int}, {path}, {slug}, {str} and {uuid}; \\{ is a brace"));
  for (const auto* part : {"{int:}", "{int:7}", "{int:a-b}", "{int:a:b}"})
    BOOST_TEST(error_text(part).ends_with(std::string("\": ") + part
                                          + " names no group"));
}

BOOST_AUTO_TEST_CASE(braces_that_are_no_names_stay) {
  BOOST_TEST(whole("a{2}b{1,}c{0,3}", "aabcc"));
  BOOST_TEST(whole("\\{int}", "{int}"));
  BOOST_TEST(whole("[{int}]+", "t{n}i"));
  BOOST_TEST(whole("[]{int:]+", "]:{"));
  BOOST_TEST(whole("[^]{int]+", "abc"));
  BOOST_TEST(whole("[[:alpha:]{int]+", "a{"));
  // No name of a class begins with these, so the first ] ends the brackets.
  BOOST_TEST(whole("[[:]{int}", ":7"));
  BOOST_TEST(whole("[[:]]{int}", ":]7"));
  BOOST_TEST(whole("[[:a]{int}", "a7"));
  BOOST_TEST(whole("[\\]{int]+", "]{"));
  BOOST_TEST(whole("\\Q{int}\\E", "{int}"));
  BOOST_TEST(whole("\\p{Greek}\\x{61}\\P{Greek}", "αaa"));
}

BOOST_AUTO_TEST_CASE(refuses_what_versions_of_re2_take_differently) {
  BOOST_TEST(error_text("(?<pk>\\d+)/$")
             == "pattern \"(?<pk>\\d+)/$\": (?<name>…) is a group for some "
                "versions of RE2 only; write (?P<name>…)");
  BOOST_TEST(error_text("a{,3}").ends_with(
      "{,n} is no repetition; write {0,n}, or \\{ for a brace"));
  BOOST_TEST(
      error_text("\\C").ends_with("\\C takes half of a character; write ."));
  BOOST_TEST(whole("\\(?<", "(<"));
  BOOST_TEST(whole("[(?<]", "<"));
  BOOST_TEST(error_text("(?<=a)b").find("(?<") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(leaves_captures_alone_if_it_does_not_match) {
  fields captures{{"pk", "1"}};
  const auto pattern = compiled("(?P<pk>\\d+)/(?P<more>\\d+)$");
  BOOST_TEST(!pattern.match_prefix("2/x", captures).has_value());
  BOOST_TEST(!pattern.match_whole("2/", captures));
  BOOST_TEST((captures == fields{{"pk", "1"}}));
}

BOOST_AUTO_TEST_CASE(captures_up_to_and_past_the_few_groups_of_the_stack) {
  for (const std::size_t count :
       {1U, 2U, 3U, 4U, 5U, 14U, 15U, 16U, 17U, 64U, 200U}) {
    std::string path;
    for (std::size_t i = 0; i < count; ++i)
      path += static_cast<char>('a' + i % 26);
    fields captures;
    BOOST_TEST(compiled(groups_pattern(count)).match_whole(path, captures));
    BOOST_REQUIRE(captures.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      BOOST_TEST(captures[i].first == "g" + std::to_string(i + 1));
      BOOST_TEST(captures[i].second == path.substr(i, 1));
    }
  }
}

BOOST_AUTO_TEST_CASE(unnamed_groups_before_and_behind_named_ones_do_no_harm) {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += "(x)";
  text += "(?P<name>n+)(y)(z)";
  fields captures;
  const auto path = std::string(20, 'x') + "nnyz!";
  const auto length = compiled(text).match_prefix(path, captures);
  BOOST_REQUIRE(length.has_value());
  BOOST_TEST(*length == path.size() - 1);
  BOOST_TEST((captures == fields{{"name", "nn"}}));
}

BOOST_AUTO_TEST_CASE(reads_utf8_by_character) {
  fields captures;
  BOOST_TEST(compiled("(?P<c>.)/").match_whole("\xC3\xA4/", captures));
  BOOST_TEST((captures == fields{{"c", "\xC3\xA4"}}));
  BOOST_TEST(prefix("..", "\xC3\xA4") == -1);
}

BOOST_AUTO_TEST_CASE(copies_work_after_the_original_is_gone) {
  auto original =
      std::make_unique<stagedoor::path_pattern>(compiled("(?P<pk>\\d+)"));
  const auto copy = *original;
  original.reset();
  fields captures;
  BOOST_TEST(copy.match_whole("7", captures));
  BOOST_TEST(copy.text() == "(?P<pk>\\d+)");
}

BOOST_AUTO_TEST_CASE(many_threads_match_at_the_same_time) {
  const auto pattern = compiled("(?P<word>\\w+)/(?P<pk>\\d+)");
  std::vector<std::size_t> right(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < right.size(); ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 200; ++n) {
        fields captures;
        const auto pk = std::to_string(n);
        if (pattern.match_whole("posts/" + pk, captures)
            && captures == fields{{"word", "posts"}, {"pk", pk}})
          ++right[i];
      }
    });
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST((right == std::vector<std::size_t>(4, 200)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace path_pattern_suite
