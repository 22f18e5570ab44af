#!/usr/bin/env bash
# CAF 0.17.6 ends an actor whose message another actor drops.
#
# An actor drops messages that it has no handler for if it is told so with
# `set_default_handler(caf::drop)`. The default, `print_and_drop`, does the same
# and prints them. By its documentation that is all. But CAF also sends an error
# to the sender, even if the message was sent with `send`, so that nobody waits
# for an answer, and an actor without a handler for errors ends when one comes.
# So an actor that ignores a message ends another one, which has done nothing
# wrong. `skip` does not do that, an error handler of the sender's own helps, and
# a message of `anon_send` has no sender.
#
# The script compiles a program with libcaf-dev. An actor sends "hello" to one
# that has no handler for texts. A line says what that one does with messages it
# does not know, how the text was sent, and what has become of the sender. It
# fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libcaf-dev=0.17.6-2.1+b1 libcaf-core0.17=0.17.6-2.1+b1
for package in *.deb; do dpkg -x "$package" root; done
library=$folder/root/usr/lib/x86_64-linux-gnu

cat >drop.cpp <<'END'
#include <caf/all.hpp>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

using defaults = caf::scheduled_actor::default_handler;

caf::behavior receiver(caf::event_based_actor* self, const defaults& otherwise) {
  self->set_default_handler(otherwise);
  return {[](int x) { return x; }};
}

/// Sends a text when it gets one, and answers numbers.
caf::behavior sender(caf::event_based_actor* self, const caf::actor& to,
                     bool is_anonymous, bool takes_errors) {
  if (takes_errors)
    self->set_error_handler([](caf::error&) {});
  return {
      [=](const std::string& text) {
        if (is_anonymous)
          caf::anon_send(to, text);
        else
          self->send(to, text);
      },
      [](int x) { return x; },
  };
}

void try_one(caf::actor_system& sys, const char* what, const defaults& otherwise,
             bool is_anonymous = false, bool takes_errors = false) {
  caf::scoped_actor self{sys};
  auto to = sys.spawn(receiver, otherwise);
  auto from = sys.spawn(sender, to, is_anonymous, takes_errors);
  self->monitor(from);
  caf::anon_send(from, std::string{"hello"});
  std::string result = "the sender is there";
  self->receive(
      [&](const caf::down_msg& down) {
        result = "the sender has ended: " + sys.render(down.reason);
      },
      caf::after(1s) >> [] {});
  std::cout << what << ": " << result << std::endl;
  self->send_exit(from, caf::exit_reason::kill);
  self->send_exit(to, caf::exit_reason::kill);
}

int main() {
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  try_one(sys, "drop, send", caf::drop);
  try_one(sys, "print_and_drop, send", caf::print_and_drop);
  try_one(sys, "skip, send", caf::skip);
  try_one(sys, "drop, anon_send", caf::drop, true);
  try_one(sys, "drop, send, error handler", caf::drop, false, true);
}
END
g++ -std=c++17 -isystem root/usr/include -L"$library" -o drop drop.cpp -lcaf_core
export LD_LIBRARY_PATH=$library
{
  sed -n 's/#define \(CAF_VERSION [0-9]*\)$/\1/p' \
    root/usr/include/caf/config.hpp
  ./drop | grep -v '^[*]' # What `print_and_drop` prints.
} | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
CAF_VERSION 1706
drop, send: the sender has ended: system_error(unexpected_message)
print_and_drop, send: the sender has ended: system_error(unexpected_message)
skip, send: the sender is there
drop, anon_send: the sender is there
drop, send, error handler: the sender is there
END
