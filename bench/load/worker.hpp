#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load/connection.hpp"
#include "load/frame_stream.hpp"
#include "load/options.hpp"
#include "load/tally.hpp"

namespace stagedoor::load {

/// What all threads of a run share, and none changes.
struct plan {
  load::options options;
  /// The opening request to each target.
  std::vector<std::string> requests;
  frame_stream frames;
};

/// When a run is: warm-up from `start`, measured from `begin` to `end`, which
/// is `time_point::max()` where messages are counted instead.
struct window {
  using time_point = std::chrono::steady_clock::time_point;

  time_point start;
  time_point begin;
  time_point end;
};

/// One thread of the load: an epoll loop over its share of the connections.
/// What they are for is in the classes that derive from it.
class worker {
public:
  using time_point = connection::time_point;

  /// @param number which thread: connection i belongs to thread i modulo their
  /// number.
  worker(const plan& shared, std::size_t number);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  virtual ~worker();

  /// Opens what has to be open before the run.
  /// @returns false if that failed: the tally says why.
  virtual bool prepare() = 0;
  virtual void run(const window& when) = 0;

  [[nodiscard]] const tally& counted() const { return tally_; }

  /// How far it is: connections while it opens them, then messages.
  /// Thread rule: any thread.
  [[nodiscard]] std::uint64_t progress() const {
    return progress_.load(std::memory_order_relaxed);
  }

protected:
  /// The 101 is there.
  virtual void opened(connection& from, time_point now) = 0;
  virtual void message(connection& from, std::string_view text,
                       time_point now) = 0;
  /// All that one read brought has been taken.
  virtual void read_done(connection& from, time_point now) = 0;
  virtual void writable(connection& from, time_point now) = 0;
  /// The socket is gone, or of no use any more; it is closed after this.
  virtual void lost(connection& from, const std::string& why) = 0;

  /// Silence after which what is outstanding is given up.
  static constexpr std::chrono::seconds patience{10};
  /// How often a thread looks at the time at least.
  static constexpr std::chrono::milliseconds wake_interval{50};

  /// Begins to open a connection. A failure comes through `lost`.
  void open(connection& which);

  /// Opens all connections, some at a time, and waits until each is `ready`.
  /// @returns false if that failed: the tally says why.
  bool open_all();

  /// One of these is open, and has what it needs.
  void ready(time_point now);

  /// Writes, and waits until the socket takes more.
  void flush(connection& to);

  /// Waits for events until then at most, and takes them.
  void step(time_point until);

  void lose(connection& which, const std::string& why);

  [[nodiscard]] const options& opts() const { return plan_.options; }
  [[nodiscard]] const frame_stream& frames() const { return plan_.frames; }
  /// This thread's share of a number.
  [[nodiscard]] std::uint64_t share_of(std::uint64_t all) const;

  void tell_progress(std::uint64_t count) {
    progress_.store(count, std::memory_order_relaxed);
  }

  std::vector<std::unique_ptr<connection>> connections_;
  tally tally_;
  std::size_t number_;
  /// What a connection in use is watched for.
  std::uint32_t interest_;
  /// When the server last said something.
  time_point last_event_{};

private:
  /// The number of the target that it belongs to.
  [[nodiscard]] std::size_t target_of(const connection& which) const {
    return which.index % opts().targets.size();
  }
  void upgrade(connection& which);
  void handle(connection& which, std::uint32_t events);
  void receive(connection& from);
  /// @returns false if the answer is not whole or not good.
  bool take_answer(connection& from, std::string_view& bytes, time_point now);
  /// @returns false if the connection is lost.
  bool take_frames(connection& from, std::string_view& bytes, time_point now);

  const plan& plan_;
  int epoll_;
  std::vector<char> buffer_;
  std::size_t ready_ = 0;
  std::atomic<std::uint64_t> progress_{0};
};

} // namespace stagedoor::load
