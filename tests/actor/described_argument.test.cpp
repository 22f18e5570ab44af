// Actions that take a described struct: the example of
// protocol/model/README.md, which shows the code between the marks.

#include "stagedoor/protocol/model/description.hpp"
#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

namespace described_argument_suite {

using namespace stagedoor;
using namespace stagedoor::testing;

namespace {

// README: begin struct
struct note {
  std::int64_t id = 0;
  std::string title;
  std::optional<utc_time> due;
  std::vector<std::string> tags;

  static const description<note>& described() {
    static const auto result =
        describe<note>("note")
            .field("id", &note::id, field::integer().read_only())
            .field("title", &note::title, field::text().length_max(255))
            .field("due", &note::due)
            .field("tags", &note::tags, field::list(field::slug()).optional());
    return result;
  }
};
// README: end struct

// README: begin action
handler_spec notes() {
  return handler("notes").action("create", [](arg<"data", note> data) {
    return ok(note::described().shown(*data), 201);
  });
}
// README: end action

} // namespace

BOOST_AUTO_TEST_SUITE(described_argument)

BOOST_AUTO_TEST_CASE(an_action_gets_a_value_of_the_struct) {
  world stage{endpoint("/ws/").route("notes/$", notes())};
  auto client = stage.connect("/ws/");
  client
      .push(
          "notes/", "create",
          {{"data",
            {{"id", 9}, {"title", " Buy milk "}, {"due", "2026-12-01 08:00"}}}})
      .expect_reply(201, {{"id", 0},
                          {"title", "Buy milk"},
                          {"due", "2026-12-01T08:00:00Z"},
                          {"tags", json::array{}}});
}

BOOST_AUTO_TEST_CASE(a_client_gets_the_errors_of_all_fields) {
  world stage{endpoint("/ws/").route("notes/$", notes())};
  auto client = stage.connect("/ws/");
  client
      .push("notes/", "create",
            {{"data", {{"due", "soon"}, {"tags", {"a", "b c"}}}}})
      .expect_errors(
          400,
          {{{"data",
             {{"title", {"This field is required."}},
              {"due",
               {"Datetime has wrong format. Use one of these formats instead: "
                "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."}},
              {"tags",
               {{"1",
                 {"Enter a valid \"slug\" consisting of letters, numbers, "
                  "underscores or hyphens."}}}}}}}});
  client.push("notes/", "create")
      .expect_errors(400, {{{"data", {"This field is required."}}}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace described_argument_suite
