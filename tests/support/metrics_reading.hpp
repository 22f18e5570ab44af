#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "raw_client.hpp"

namespace stagedoor::test {

/// Sends one HTTP request to the metrics endpoint.
inline std::string get_page(std::uint16_t port,
                            const std::string& path = "/metrics") {
  raw_client client(port);
  client.send_bytes("GET " + path
                    + " HTTP/1.1\r\nHost: localhost\r\n"
                      "Connection: close\r\n\r\n");
  return client.read_http_answer();
}

/// One reading of all numbers.
class metrics_reading {
public:
  explicit metrics_reading(std::uint16_t port) : text_(get_page(port)) {
    std::istringstream lines{text_.substr(text_.find("\r\n\r\n") + 4)};
    for (std::string line; std::getline(lines, line);)
      if (auto space = line.rfind(' ');
          !line.starts_with('#') && space != std::string::npos)
        values_.emplace(line.substr(0, space), std::stod(line.substr(space)));
  }

  /// The sample of that name and these labels; -1 if there is none.
  double operator()(const std::string& sample) const {
    auto found = values_.find(sample);
    return found == values_.end() ? -1 : found->second;
  }

  /// All samples whose text begins so and that are not 0.
  [[nodiscard]] std::set<std::string> all(const std::string& begin) const {
    std::set<std::string> result;
    for (const auto& [sample, value] : values_)
      if (value != 0 && sample.starts_with(begin))
        result.insert(sample);
    return result;
  }

  /// How many samples begin so, whatever their values.
  [[nodiscard]] std::size_t count(const std::string& begin) const {
    return static_cast<std::size_t>(
        std::count_if(values_.begin(), values_.end(), [&](const auto& each) {
          return each.first.starts_with(begin);
        }));
  }

  [[nodiscard]] const std::string& text() const { return text_; }

private:
  std::string text_;
  std::map<std::string, double> values_;
};

} // namespace stagedoor::test
