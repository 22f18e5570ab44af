#include <stagedoor/stagedoor.hpp>

#include <iostream>

int main() {
  std::cout << stagedoor::to_json({{"installed", true}}) << '\n';
  return 0;
}
