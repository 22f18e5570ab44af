#include "stagedoor/permissions/credentials/file_text.hpp"

#include <fstream>

namespace stagedoor {

complaint read_file_text(const std::string& path, std::size_t bytes_max,
                         std::string& out) {
  std::ifstream file(path, std::ios::binary);
  // One byte more than allowed tells a file that is too long.
  out.assign(bytes_max + 1, '\0');
  if (file)
    file.read(out.data(), static_cast<std::streamsize>(out.size()));
  // The end of a short file is no error here; reading a directory is.
  if (!file.is_open() || file.bad())
    return "cannot be read";
  out.resize(static_cast<std::size_t>(file.gcount()));
  if (out.size() > bytes_max)
    return "is longer than " + std::to_string(bytes_max) + " bytes";
  return {};
}

} // namespace stagedoor
