#!/usr/bin/env bash
# GCC 12.2 destroys objects where it never made them, if they are built inside of
# an expression that a coroutine awaits.
#
# `co_await run([value] {…})` builds a closure, passes it to `run`, and destroys
# it. GCC 12.2 destroys an object there that no constructor has made: it copies
# the bytes of the closure to another place and runs the destructor on the copy.
# The same holds for braces, as in `co_await run(query{name})`. A text that is
# captured is then freed twice or at a wrong address. No warning tells of it.
# Clang 14 compiles both as the standard says. A closure that has a name before
# the expression is safe.
#
# The script compiles a program with the compiler of the package g++-12, and
# counts objects that end at another address than they were made at. They own no
# memory, so that nothing is freed. It fails if the output changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download g++-12=12.2.0-14+deb12u1
mkdir root
dpkg --fsys-tarfile g++-12_*.deb | tar -x -C root

cat >await.cpp <<'END'
#include <coroutine>
#include <iostream>

// Knows where it was made.
class traced {
public:
  traced() = default;
  traced(const traced&) {}
  ~traced() { elsewhere += made_at_ != this; }

  static inline int elsewhere = 0;

private:
  const traced* made_at_ = this;
};

struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

struct aggregate {
  traced member;
};

template <class T>
std::suspend_never use(T) {
  return {};
}

task closure_in_place() {
  traced value;
  co_await use([value] {});
}

task closure_with_a_name() {
  traced value;
  auto closure = [value] {};
  co_await use(closure);
}

task aggregate_in_place() {
  co_await use(aggregate{});
}

task aggregate_with_a_name() {
  aggregate named;
  co_await use(named);
}

int main() {
  const auto show = [](const char* what, task (*run)()) {
    traced::elsewhere = 0;
    run();
    std::cout << what << ": " << traced::elsewhere
              << " destroyed where nothing was made\n";
  };
  show("closure in place", closure_in_place);
  show("closure with a name", closure_with_a_name);
  show("aggregate in place", aggregate_in_place);
  show("aggregate with a name", aggregate_with_a_name);
}
END
compiler=(g++ -B root/usr/lib/gcc/x86_64-linux-gnu/12/ -std=c++20)
"${compiler[@]}" --version | head -n 1
for level in -O0 -O2; do
  "${compiler[@]}" -Wall -Wextra "$level" -o await await.cpp
  echo "$level"
  ./await
done | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
-O0
closure in place: 1 destroyed where nothing was made
closure with a name: 0 destroyed where nothing was made
aggregate in place: 1 destroyed where nothing was made
aggregate with a name: 0 destroyed where nothing was made
-O2
closure in place: 1 destroyed where nothing was made
closure with a name: 0 destroyed where nothing was made
aggregate in place: 1 destroyed where nothing was made
aggregate with a name: 0 destroyed where nothing was made
END
