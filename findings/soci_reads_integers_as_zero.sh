#!/usr/bin/env bash
# SOCI 4.0.3 reads large numbers from an INTEGER column of SQLite as 0.
#
# SQLite keeps 64 bits in a column that is declared INTEGER. SOCI looks at the
# declared type, and takes INTEGER for the `int` of C++. For 2^40 it delivers 0.
# There is no error, and the indicator says i_ok. This happens with `into(int)`
# and with the dynamic `row`, where the program does not choose a type at all:
# `row` says `dt_integer`, whose getter is `get<int>`. In a column declared
# BIGINT, the same number is `dt_long_long`, and is read right. Version 4.1 has
# changed this, but Debian 12 and 13 have 4.0.3.
#
# The script compiles a program with libsoci-dev 4.0.3. It prints what SOCI
# reads from a column of each type. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libsoci-dev=4.0.3-1 libsoci-core4.0=4.0.3-1 libsoci-sqlite3-4.0=4.0.3-1 \
  libsqlite3-dev=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2
for package in *.deb; do dpkg -x "$package" root; done
library=$folder/root/usr/lib/x86_64-linux-gnu

cat >numbers.cpp <<'END'
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <soci/version.h>

#include <iostream>

int main() {
  std::cout << "SOCI " << SOCI_LIB_VERSION << '\n';
  soci::session database(soci::sqlite3, ":memory:");
  database << "create table t (a integer, b bigint)";
  database << "insert into t values (1099511627776, 1099511627776)";

  soci::row row;
  database << "select a, b from t", soci::into(row);
  std::cout << "row, INTEGER: "
            << (row.get_properties(0).get_data_type() == soci::dt_integer
                    ? "dt_integer "
                    : "another type ")
            << row.get<int>(0) << '\n';
  std::cout << "row, BIGINT: "
            << (row.get_properties(1).get_data_type() == soci::dt_long_long
                    ? "dt_long_long "
                    : "another type ")
            << row.get<long long>(1) << '\n';

  int narrow = -1;
  soci::indicator indicator = soci::i_null;
  database << "select a from t", soci::into(narrow, indicator);
  std::cout << "into(int), INTEGER: " << narrow
            << (indicator == soci::i_ok ? ", i_ok" : ", not i_ok") << '\n';
  long long wide = -1;
  database << "select a from t", soci::into(wide);
  std::cout << "into(long long), INTEGER: " << wide << '\n';
}
END
g++ -w -std=c++17 -isystem root/usr/include -L"$library" \
  -Wl,-rpath-link,"$library" -o numbers numbers.cpp \
  -lsoci_core -lsoci_sqlite3
LD_LIBRARY_PATH=$library ./numbers | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
SOCI 4_0_3
row, INTEGER: dt_integer 0
row, BIGINT: dt_long_long 1099511627776
into(int), INTEGER: 0, i_ok
into(long long), INTEGER: 1099511627776
END
