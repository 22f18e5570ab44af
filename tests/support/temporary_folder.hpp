#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace stagedoor::test {

/// A folder that goes with the object, and all that is in it.
class temporary_folder {
public:
  temporary_folder() {
    auto pattern =
        (std::filesystem::temp_directory_path() / "stagedoor-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }

  ~temporary_folder() {
    // Whoever closes a database there removes files at the same time.
    std::error_code error;
    do {
      std::filesystem::remove_all(path_, error);
    } while (error == std::errc::no_such_file_or_directory);
  }

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace stagedoor::test
