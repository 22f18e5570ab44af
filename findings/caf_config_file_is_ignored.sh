#!/usr/bin/env bash
# CAF 0.17.6 drops what it does not understand in a config file, without a word.
#
# A program with the options `port` and `shop.tables` reads config files. CAF
# takes a mistyped name, a value of a wrong type, a number that is too large, a
# second value for one option, and a file that ends before its last brace.
# `parse` returns no error. On the command line, CAF refuses the same mistakes.
#
# What is more, the two ways to read an option disagree. CAF sets the variable
# that is bound to `shop.tables` from the command line, but not from a file,
# even if the file is right. `get_or` sees both. Of two values for `port`, the
# variable has the second, and `get_or` the first. If the last brace is missing,
# the variable has the value of the file, and `get_or` has not.
#
# The script compiles a program with libcaf-dev. It prints the file or argument,
# the error, and both options as variable/get_or. The defaults are 8080 and 1.
# It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libcaf-dev=0.17.6-2.1+b1 libcaf-core0.17=0.17.6-2.1+b1
for package in *.deb; do dpkg -x "$package" root; done
library=$folder/root/usr/lib/x86_64-linux-gnu

cat >options.cpp <<'END'
#include <caf/actor_system_config.hpp>
#include <caf/config.hpp>

#include <iostream>

struct config : caf::actor_system_config {
  config() {
    opt_group{custom_options_, "global"}.add(port, "port", "");
    opt_group{custom_options_, "shop"}.add(tables, "tables", "");
  }
  uint16_t port = 8080;
  int tables = 1;
};

int main(int argc, char** argv) {
  config cfg;
  const auto error = cfg.parse(argc, argv, "shop.conf");
  std::cout << (error ? "an error" : "no error") << ", port " << cfg.port << '/'
            << caf::get_or(cfg, "port", uint16_t{8080}) << ", tables "
            << cfg.tables << '/' << caf::get_or(cfg, "shop.tables", 1) << '\n';
}
END
g++ -std=c++17 -isystem root/usr/include -L"$library" -o options options.cpp \
  -lcaf_core
export LD_LIBRARY_PATH=$library

with_file() {
  printf '%s' "$1" >shop.conf
  printf "file '%s': " "${1//$'\n'/ | }"
  ./options
}
with_argument() {
  : >shop.conf
  printf 'argument %s: ' "$1"
  ./options "$1"
}
{
  sed -n 's/#define \(CAF_VERSION [0-9]*\)$/\1/p' \
    root/usr/include/caf/config.hpp
  with_file $'port = 9000\nshop { tables = 5 }'
  with_file $'port = 9000\nshop { tabels = 5 }'
  with_file $'port = 9000\nshop { tables = "many" }'
  with_file $'port = 9000\nport = 9001'
  with_file 'port = 90000'
  with_file $'port = 9000\nshop { tables = 5'
  with_argument --shop.tables=5
  with_argument --shop.tabels=5
  with_argument --shop.tables=many
  with_argument --port=90000
} | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
CAF_VERSION 1706
file 'port = 9000 | shop { tables = 5 }': no error, port 9000/9000, tables 1/5
file 'port = 9000 | shop { tabels = 5 }': no error, port 9000/9000, tables 1/1
file 'port = 9000 | shop { tables = "many" }': no error, port 9000/9000, tables 1/1
file 'port = 9000 | port = 9001': no error, port 9001/9000, tables 1/1
file 'port = 90000': no error, port 8080/8080, tables 1/1
file 'port = 9000 | shop { tables = 5': no error, port 9000/8080, tables 1/1
argument --shop.tables=5: no error, port 8080/8080, tables 5/5
argument --shop.tabels=5: an error, port 8080/8080, tables 1/1
argument --shop.tables=many: an error, port 8080/8080, tables 1/1
argument --port=90000: an error, port 8080/8080, tables 1/1
END
