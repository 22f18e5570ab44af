#!/usr/bin/env bash
# With SOCI 4.0.3, a kept prepared statement freezes what its session sees.
#
# A program keeps a prepared statement to run it again, which is what prepared
# statements are for. SOCI does not reset the statement after `execute(true)`
# has read its only row. On SQLite in WAL mode, the statement then holds its
# read transaction open. Until it runs again, all other statements of the
# session see the database as it was: they miss what another session has
# committed. As soon as there is such a commit, an INSERT of the session fails
# with "database is locked", although nobody else is writing. All of this ends
# when the program destroys the statement.
#
# The script compiles a program with libsoci-dev 4.0.3. It prints what two
# sessions see, A with a kept statement and B without. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libsoci-dev=4.0.3-1 libsoci-core4.0=4.0.3-1 libsoci-sqlite3-4.0=4.0.3-1 \
  libsqlite3-dev=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2
for package in *.deb; do dpkg -x "$package" root; done
library=$folder/root/usr/lib/x86_64-linux-gnu

cat >sessions.cpp <<'END'
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <soci/version.h>

#include <iostream>
#include <memory>
#include <string>

void show(soci::session& a, soci::session& b, const std::string& when) {
  int rows_a = 0;
  int rows_b = 0;
  a << "select count(*) from t", soci::into(rows_a);
  b << "select count(*) from t", soci::into(rows_b);
  std::cout << when << ": rows for A " << rows_a << ", for B " << rows_b
            << '\n';
}

void insert(soci::session& session, const std::string& name) {
  std::cout << name << " inserts: ";
  try {
    session << "insert into t values (1)";
    std::cout << "done\n";
  } catch (const soci::soci_error& error) {
    const auto text = error.get_error_message();
    std::cout << (text.find("database is locked") != std::string::npos
                      ? "database is locked\n"
                      : text + '\n');
  }
}

int main() {
  std::cout << "SOCI " << SOCI_LIB_VERSION << '\n';
  const std::string name = "db=shop.db timeout=1";
  soci::session a(soci::sqlite3, name);
  soci::session b(soci::sqlite3, name);
  std::string mode;
  a << "pragma journal_mode = wal", soci::into(mode);
  a << "create table t (n integer)";
  int rows = 0;
  auto kept = std::make_unique<soci::statement>(
      (a.prepare << "select count(*) from t", soci::into(rows)));
  kept->execute(true);
  show(a, b, "A keeps a statement that has run");
  insert(b, "B");
  show(a, b, "after that");
  insert(a, "A");
  kept.reset();
  show(a, b, "A has destroyed the statement");
  insert(a, "A");
}
END
g++ -w -std=c++17 -isystem root/usr/include -L"$library" \
  -Wl,-rpath-link,"$library" -o sessions sessions.cpp \
  -lsoci_core -lsoci_sqlite3
LD_LIBRARY_PATH=$library ./sessions | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
SOCI 4_0_3
A keeps a statement that has run: rows for A 0, for B 0
B inserts: done
after that: rows for A 0, for B 1
A inserts: database is locked
A has destroyed the statement: rows for A 1, for B 1
A inserts: done
END
