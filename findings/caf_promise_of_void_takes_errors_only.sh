#!/usr/bin/env bash
# CAF 0.17.6: a promise of void cannot be kept, only broken.
#
# An actor whose interface says `replies_to<…>::with<void>` may answer later: it
# makes a `typed_response_promise<void>` and delivers it when it is done. But
# that type takes errors only. `deliver()` does not exist, and `deliver(unit)`
# is refused by a static assertion, although a handler may return `unit` for
# the same row. The untyped base class can deliver `unit`, which the other actor
# takes as the answer.
#
# The script compiles one program for each of the three ways to keep such a
# promise, and runs those that compile. A line says what the actor that asked
# has got. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libcaf-dev=0.17.6-2.1+b1 libcaf-core0.17=0.17.6-2.1+b1
for package in *.deb; do dpkg -x "$package" root; done
library=$folder/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$library

cat >promise.cpp <<'END'
#include <caf/all.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

using worker = caf::typed_actor<
    caf::replies_to<caf::get_atom>::with<void>,
    caf::reacts_to<caf::ok_atom>>;

struct state {
  caf::typed_response_promise<void> promise;
};

worker::behavior_type work(worker::stateful_pointer<state> self) {
  return {
      [=](caf::get_atom) -> caf::result<void> {
        self->state.promise = self->make_response_promise<void>();
        self->send(self, caf::ok_atom::value);
        return self->state.promise;
      },
      [=](caf::ok_atom) { KEEP; },
  };
}

int main() {
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  auto asked = sys.spawn(work);
  self->request(asked, 1s, caf::get_atom::value)
      .receive([] { std::cout << "the answer" << std::endl; },
               [&](const caf::error& why) {
                 std::cout << sys.render(why) << std::endl;
               });
  self->send_exit(asked, caf::exit_reason::kill);
}
END

try() {
  local way=$1
  if g++ -std=c++17 -isystem root/usr/include -L"$library" -o promise \
    "-DKEEP=$way" promise.cpp -lcaf_core 2>errors; then
    echo "$way: $(./promise)"
  else
    echo "$way: does not compile"
  fi
}

{
  sed -n 's/#define \(CAF_VERSION [0-9]*\)$/\1/p' \
    root/usr/include/caf/config.hpp
  try 'self->state.promise.deliver()'
  try 'self->state.promise.deliver(caf::unit)'
  try 'static_cast<caf::response_promise&>(self->state.promise).deliver(caf::unit)'
} | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
CAF_VERSION 1706
self->state.promise.deliver(): does not compile
self->state.promise.deliver(caf::unit): does not compile
static_cast<caf::response_promise&>(self->state.promise).deliver(caf::unit): the answer
END
