// The service for posts, as a user starts it: its database is a file in the
// folder where it runs.

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

#include "support/http_texts.hpp"
#include "support/raw_client.hpp"
#include "support/running_program.hpp"
#include "support/temporary_file.hpp"
#include "support/temporary_folder.hpp"

namespace posts_example_suite {

using namespace stagedoor::test;

namespace {

struct posts_service {
  temporary_folder folder;
  const temporary_file users{
      R"({"users":[{"id":1,"username":"alice","token":"a"},)"
      R"({"id":2,"username":"bob","token":"b"}]})"};
  running_program server = start();

  [[nodiscard]] running_program start() const {
    return running_program{{"/usr/bin/env", "--chdir=" + folder.path().string(),
                            STAGEDOOR_POSTS, "--users=" + users.path()}};
  }

  [[nodiscard]] std::string ask(const std::string& token,
                                const std::string& message) const {
    websocket_client client(server.port, "/ws/?token=" + token);
    return client.ask(message);
  }

  void check_answers(const std::string& token, const std::string& message,
                     const std::string& part) const {
    const auto text = ask(token, message);
    BOOST_TEST(text.find(part) != std::string::npos,
               message << " got " << text << " without " << part);
  }
};

const std::string create =
    R"({"action":"create","route":"posts/",)"
    R"("data":{"title":"One","slug":"one","tags":["a"]}})";
const std::string list = R"({"action":"list","route":"posts/?search=one"})";
const std::string publish = R"({"action":"publish","route":"posts/1/"})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(posts_example, posts_service)

BOOST_AUTO_TEST_CASE(posts_are_written_published_and_read) {
  check_answers("a", create, R"("status":201)");
  check_answers("a", create, "post with this slug already exists.");
  check_answers("b", list, R"("count":0)");
  check_answers("b", publish, R"("status":404)");
  check_answers("a", publish, R"("status":200)");
  check_answers("b", list, R"("count":1,"next":null,"previous":null)");
  check_answers("b", R"({"action":"destroy","route":"posts/1/"})",
                R"("status":403)");
  check_answers("a", R"({"action":"destroy","route":"posts/1/"})",
                R"("status":204)");
}

BOOST_AUTO_TEST_CASE(it_drains_on_a_signal) {
  check_answers("a", create, R"("status":201)");
  server.process.send_signal(SIGTERM);
  BOOST_TEST(server.process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(posts_are_there_after_a_crash) {
  check_answers("a", create, R"("status":201)");
  server.process.send_signal(SIGKILL);
  BOOST_TEST(server.process.wait() == -SIGKILL);
  const auto again = start();
  websocket_client client(again.port, "/ws/?token=a");
  BOOST_TEST(client.ask(list).find(R"("title":"One")") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace posts_example_suite
