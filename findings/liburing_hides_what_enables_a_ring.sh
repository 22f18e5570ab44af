#!/usr/bin/env bash
# liburing 2.3 declares io_uring_enable_rings, and its shared library lacks it.
#
# A ring that is made with IORING_SETUP_R_DISABLED does nothing until it is
# enabled. With IORING_SETUP_SINGLE_ISSUER, the thread that enables it is the one
# that may use it, so a program needs the function that makes its rings on one
# thread and uses them on others. liburing.h declares `io_uring_enable_rings`, and
# the static library has it, but the list of what the shared library shows does
# not name it. A program that calls it compiles, and can be linked with the static
# library only. The register system call with IORING_REGISTER_ENABLE_RINGS, which
# is all that the function does, works with both.
#
# The script links a program with each of the two libraries of Debian 12 and says
# which of its functions are missing. It asks no kernel for io_uring. It fails if
# that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  liburing-dev=2.3-3 liburing2=2.3-3
mkdir root
for package in *.deb; do dpkg-deb -x "$package" root; done
libraries=$(dirname root/usr/lib/*/liburing.a)

cat >rings.c <<'END'
#include <liburing.h>

int main(void) {
  struct io_uring ring;
  int result = io_uring_queue_init(8, &ring, IORING_SETUP_R_DISABLED);
  if (result == 0) {
    result = io_uring_enable_rings(&ring);
    io_uring_queue_exit(&ring);
  }
  return -result;
}
END

# Says what is missing if the program is linked with a library.
try() {
  local missing
  if missing=$(gcc -isystem root/usr/include -o rings rings.c "$@" 2>&1); then
    echo 'nothing is missing'
  else
    grep -o 'undefined reference to .*' <<<"$missing" | sort -u
  fi
}

{
  echo "declared: $(grep -c '^int io_uring_enable_rings' \
    root/usr/include/liburing.h)"
  echo "static: $(try "$libraries/liburing.a")"
  echo "shared: $(try "$libraries"/liburing.so.2.*)"
} | tr "\`'" '""' | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
declared: 1
static: nothing is missing
shared: undefined reference to "io_uring_enable_rings"
END
