#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace stagedoor::test {

/// A program that runs beside the test. It ends with the object.
class child_process {
public:
  explicit child_process(std::vector<std::string> command);
  ~child_process();

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Reads its standard output up to a line that contains `text`; waits for
  /// each next line for twice the `patience` at most.
  /// @returns that line.
  std::string wait_for_line(const std::string& text);

  /// Makes its standard output hold no more than a page until it is read.
  void shrink_output();

  /// Leaves its standard output without a reader.
  void stop_reading();

  /// Writes a line to its standard input.
  void send_line(const std::string& text) const;

  void send_signal(int which) const;

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Waits until it has ended, for twice the `patience` at most.
  /// @returns its exit status; minus the signal's number if one ended it.
  int wait();

  /// Whether it has ended, also if its standard output was not read.
  [[nodiscard]] bool has_ended() const;

  /// What it has written to standard error; after `wait`.
  [[nodiscard]] const std::string& errors() const { return errors_; }
  /// What it has written to standard output since the last line that was waited
  /// for; after `wait`.
  [[nodiscard]] const std::string& output() const { return output_; }

private:
  /// Reads what comes on either pipe.
  /// @returns false if nothing came in time, or both are at their end.
  bool receive();

  pid_t pid_ = -1;
  int input_ = -1;
  int output_pipe_ = -1;
  int errors_pipe_ = -1;
  std::string output_;
  std::string errors_;
  std::optional<int> status_;
};

} // namespace stagedoor::test
