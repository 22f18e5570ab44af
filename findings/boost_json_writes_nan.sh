#!/usr/bin/env bash
# Boost.JSON 1.81 turns valid JSON into text that is not JSON.
#
# The grammar of JSON has no bound for numbers. Boost.JSON reads `1e400`, which
# no double holds, as infinity, and `0e400`, which is zero, as "not a number".
# Neither is an error. `serialize` then writes `Infinity` and `NaN`. JSON has no
# such words, and strict parsers such as JavaScript's refuse the whole text. So
# a server that sends on what one client has sent sends a broken message to all
# others. With a larger exponent, the zero is an error instead.
#
# The script compiles a program with the headers of libboost1.81-dev. It prints
# each text, what `parse` and `serialize` make of it, and what JavaScript says
# about the input and the result. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libboost1.81-dev=1.81.0-5+deb12u1
# These are the headers of Boost that Boost.JSON includes.
mkdir root
dpkg --fsys-tarfile libboost1.81-dev_*.deb \
  | tar -x -C root --wildcards --no-wildcards-match-slash \
    './usr/include/boost/*.hpp' \
    ./usr/include/boost/{align,assert,config,container,core,describe,detail} \
    ./usr/include/boost/{exception,intrusive,json,move,mp11,system,variant2}

cat >numbers.cpp <<'END'
#include <boost/json/src.hpp>
#include <boost/version.hpp>

#include <iostream>

int main() {
  std::cout << "Boost " << BOOST_LIB_VERSION << '\n';
  for (const char* text : {"[1e308]", "[1e400]", "[-1e400]", "[0e400]",
                           "[0e2147483647]", "[0e2147483648]"}) {
    boost::system::error_code error;
    const auto value = boost::json::parse(text, error);
    std::cout << text << " -> "
              << (error ? "error, " + error.message()
                        : boost::json::serialize(value))
              << '\n';
  }
}
END
g++ -std=c++17 -isystem root/usr/include -o numbers numbers.cpp
cat >judge.js <<'END'
// Appends to each line what JSON.parse says of the two texts in it.
const takes = text => {
  try {
    JSON.parse(text);
    return "JSON";
  } catch {
    return "not JSON";
  }
};
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  const [input, output] = line.split(" -> ");
  console.log(output?.startsWith("[")
    ? `${line} (${takes(input)} -> ${takes(output)})` : line);
}
END
./numbers | node judge.js | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
Boost 1_81
[1e308] -> [1E308] (JSON -> JSON)
[1e400] -> [Infinity] (JSON -> not JSON)
[-1e400] -> [-Infinity] (JSON -> not JSON)
[0e400] -> [NaN] (JSON -> not JSON)
[0e2147483647] -> [NaN] (JSON -> not JSON)
[0e2147483648] -> error, exponent overflow
END
