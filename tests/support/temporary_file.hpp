#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace stagedoor::test {

/// A file that goes with the object.
class temporary_file {
public:
  explicit temporary_file(std::string_view text)
      : path_((std::filesystem::temp_directory_path() / "stagedoor-XXXXXX")
                  .string()) {
    const auto descriptor = mkstemp(path_.data());
    if (descriptor < 0)
      throw std::runtime_error("no temporary file");
    ::close(descriptor);
    write(text);
  }

  ~temporary_file() { std::filesystem::remove(path_); }

  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Replaces the file as tools do that never leave half a one: by another.
  void write(std::string_view text) const {
    const auto next = path_ + ".next";
    std::ofstream(next, std::ios::binary) << text;
    std::filesystem::rename(next, path_);
  }

private:
  std::string path_;
};

} // namespace stagedoor::test
