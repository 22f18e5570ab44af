#include "stagedoor/actors/sockets/frame_intake.hpp"

#include <algorithm>

namespace stagedoor {

std::span<char> frame_intake::read_rest(std::span<char> buffer) {
  std::copy(first_bytes_.begin(), first_bytes_.end(), buffer.begin());
  auto rest = buffer.subspan(first_bytes_.size());
  error_code ignored; // The next read meets it again.
  auto count =
      socket_.read_some(boost::asio::buffer(rest.data(), rest.size()), ignored);
  return buffer.first(first_bytes_.size() + count);
}

} // namespace stagedoor
