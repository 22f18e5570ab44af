#include <exception>
#include <fstream>
#include <iostream>
#include <variant>

#include "descriptor_limit.hpp"
#include "load/options.hpp"
#include "load/report.hpp"
#include "load/run.hpp"

namespace {

using namespace stagedoor;

constexpr int failed_status = 1;
constexpr int usage_status = 2;

int refuse(const std::string& why, int status) {
  std::cerr << "stagedoor-load: " << why << '\n';
  return status;
}

/// @returns false if the file cannot be written.
bool write_json(const std::string& file, const std::string& text) {
  if (file == "-")
    return static_cast<bool>(std::cout << text << std::endl);
  std::ofstream out{file};
  return static_cast<bool>(out << text << std::endl);
}

int measure(const load::options& opts) {
  // Beside the sockets: what is open already, and an epoll per thread.
  constexpr std::size_t other_files = 32;
  auto files = bench::raise_descriptor_limit();
  if (files < opts.connections + opts.threads + other_files)
    return refuse("this process may open " + std::to_string(files)
                      + " files only: raise ulimit -n",
                  usage_status);
  auto result = load::run(opts);
  if (opts.json_file != "-")
    std::cout << load::to_text(result, opts);
  if (!opts.json_file.empty()
      && !write_json(opts.json_file, load::to_json(result, opts)))
    return refuse("cannot write " + opts.json_file, failed_status);
  const auto& counted = result.counted;
  if (counted.good())
    return 0;
  return refuse(counted.problem + " (" + std::to_string(counted.wrong)
                    + " wrong, " + std::to_string(counted.missing)
                    + " missing)",
                failed_status);
}

} // namespace

int main(int argc, char** argv) {
  try {
    auto parsed = load::parse_options(argc, argv);
    if (const int* status = std::get_if<int>(&parsed))
      return *status;
    return measure(std::get<load::options>(parsed));
  } catch (const std::exception& error) {
    return refuse(error.what(), failed_status);
  }
}
