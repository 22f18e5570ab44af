#include "newsroom_load.hpp"

#include <stagedoor/protocol/json/json.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "conversation.hpp"

namespace stagedoor::test {

namespace {

/// A message that the load sends.
struct kind {
  const char* action;
  /// The route and the arguments.
  const char* rest;
  bool is_concurrent = false;
};

constexpr std::array kinds{
    kind{"your_custom_action", R"(,"route":"open/7/")"},
    kind{"nap", R"(,"route":"slow/","ms":40)", true},
    kind{"increment", R"(,"route":"counter/")"},
    kind{"list", R"(,"route":"articles/")"},
    kind{"nap", R"(,"route":"slow/","ms":5)", true},
    kind{"sleep", R"(,"route":"slow/","ms":10)"},
    kind{"retrieve", R"(,"route":"articles/1/")"},
};

/// A client that is told at once that nobody is there does not ask again as
/// fast as it can.
constexpr std::chrono::milliseconds pause_after_failure{5};

} // namespace

load_result& load_result::operator+=(const load_result& other) {
  sent += other.sent;
  for (auto [status, count] : other.answers)
    answers[status] += count;
  lost += other.lost;
  longest_failure = std::max(longest_failure, other.longest_failure);
  faults.insert(faults.end(), other.faults.begin(), other.faults.end());
  return *this;
}

std::string summary_of(const load_result& result) {
  auto text = std::to_string(result.sent) + " sent";
  for (auto [status, count] : result.answers)
    text += ", " + std::to_string(count) + " x " + std::to_string(status);
  return text + ", " + std::to_string(result.lost)
         + " of them under way at the fault; longest wait for a failure "
         + std::to_string(result.longest_failure.count()) + " ms";
}

/// One client, in its thread.
class newsroom_load::client {
public:
  client(newsroom_load& owner, std::uint16_t port)
      : owner_(owner), socket_(port, "/ws/") {}

  void run() {
    try {
      while (!owner_.stopping_) {
        while (missing_ < window)
          send_next();
        take_answer();
      }
      while (missing_ > 0)
        take_answer();
      // What was answered twice would come before the close frame.
      socket_.say_goodbye();
    } catch (const std::exception& error) {
      result_.faults.push_back(std::string(error.what()) + ", "
                               + std::to_string(missing_) + " missing");
    }
  }

  [[nodiscard]] const load_result& result() const { return result_; }

private:
  struct message {
    clock::time_point sent;
    bool is_concurrent = false;
    /// The last one before it that was not concurrent.
    std::optional<std::size_t> behind;
    std::optional<clock::time_point> answered;
  };

  void send_next() {
    const auto id = messages_.size();
    const auto& next = kinds[id % kinds.size()];
    messages_.push_back({clock::now(), next.is_concurrent, last_queued_, {}});
    if (!next.is_concurrent)
      last_queued_ = id;
    socket_.send_text(numbered(next.action, id, next.rest));
    ++missing_;
    ++result_.sent;
  }

  void take_answer() {
    const auto text = socket_.read_text();
    auto envelope = parse_json(text, 16);
    if (!envelope)
      throw std::runtime_error("no envelope: " + text);
    const auto id = envelope->at("request_id").to_number<std::size_t>();
    if (id >= messages_.size() || messages_[id].answered)
      throw std::runtime_error("nobody asked, or a second answer: " + text);
    auto& about = messages_[id];
    const auto now = clock::now();
    about.answered = now;
    --missing_;
    const auto status = envelope->at("status").to_number<int>();
    ++result_.answers[status];
    if (status == 200) {
      ++owner_.served_;
      return;
    }
    ++owner_.failed_;
    count_failure(about);
    std::this_thread::sleep_for(pause_after_failure);
  }

  void count_failure(const message& about) {
    auto turn = about.sent;
    if (about.behind) {
      const auto& before = messages_[*about.behind].answered;
      if (!before)
        throw std::runtime_error("an answer out of turn");
      turn = std::max(turn, *before);
    }
    result_.longest_failure =
        std::max(result_.longest_failure,
                 std::chrono::duration_cast<std::chrono::milliseconds>(
                     *about.answered - turn));
    if (about.sent < owner_.fault_at_.load()
        && *about.answered > owner_.fault_at_.load())
      ++result_.lost;
  }

  newsroom_load& owner_;
  websocket_client socket_;
  /// By `request_id`.
  std::vector<message> messages_;
  std::optional<std::size_t> last_queued_;
  std::size_t missing_ = 0;
  load_result result_;
};

newsroom_load::newsroom_load(std::uint16_t port, std::size_t clients) {
  for (std::size_t i = 0; i < clients; ++i)
    clients_.push_back(std::make_unique<client>(*this, port));
  for (const auto& one : clients_)
    threads_.emplace_back([&one = *one] { one.run(); });
}

newsroom_load::~newsroom_load() {
  stop();
}

load_result newsroom_load::stop() {
  stopping_ = true;
  for (auto& thread : std::exchange(threads_, {}))
    thread.join();
  load_result result;
  for (const auto& one : clients_)
    result += one->result();
  return result;
}

} // namespace stagedoor::test
