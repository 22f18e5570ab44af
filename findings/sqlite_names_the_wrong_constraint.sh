#!/usr/bin/env bash
# SQLite 3.40.1 reports a violated CHECK under the name of another constraint.
#
# A program learns from the text "CHECK constraint failed: NAME" which rule a
# row has broken, for instance to tell a client which field is wrong. If the
# CHECK has no name, SQLite gives its expression. But if the last column of the
# table has a named constraint, the first CHECK of the table without a name gets
# that name. So a row with a positive price is refused with "price_positive" or
# "price_given", the names of a CHECK and of a NOT NULL that it meets.
#
# The extended code of a foreign key is another surprise. A DELETE that breaks a
# key with `on delete restrict` gets 1811, SQLITE_CONSTRAINT_TRIGGER, although
# there is no trigger. Without `restrict` it gets 787,
# SQLITE_CONSTRAINT_FOREIGNKEY. The texts are the same.
#
# The script runs Python's sqlite3 with the library of libsqlite3-0 3.40.1. It
# prints each table with what SQLite says of a row or a DELETE. It fails if that
# changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libsqlite3-0=3.40.1-2+deb12u2
dpkg -x libsqlite3-0_*.deb root

cat >constraints.py <<'END'
import sqlite3

print("SQLite", sqlite3.sqlite_version)
database = sqlite3.connect(":memory:", isolation_level=None)
database.execute("pragma foreign_keys = on")


def refusal(statement):
    try:
        database.execute(statement)
    except sqlite3.IntegrityError as error:
        return f"{error.sqlite_errorcode}, {error}"
    return "taken"


for number, columns in enumerate((
        "cost, price, check (cost < price)",
        "cost, price constraint price_positive check (price > 0), "
        "check (cost < price)",
        "cost, price constraint price_given not null, check (cost < price)",
        "cost, price constraint price_positive check (price > 0), "
        "constraint profit check (cost < price)")):
    database.execute(f"create table t{number} ({columns})")
    print(f"({columns})")
    print("  cost 5, price 1:",
          refusal(f"insert into t{number} values (5, 1)"))

database.execute("create table author (id integer primary key)")
for rule in ("restrict", "no action"):
    name = rule.replace(" ", "_")
    database.execute(f"create table {name}"
                     f" (author references author (id) on delete {rule})")
    database.execute("delete from author")
    database.execute("insert into author values (1)")
    database.execute(f"insert into {name} values (1)")
    print(f"on delete {rule}:", refusal("delete from author"))
    database.execute(f"drop table {name}")
END
LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu \
  /usr/bin/python3 constraints.py | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
SQLite 3.40.1
(cost, price, check (cost < price))
  cost 5, price 1: 275, CHECK constraint failed: cost < price
(cost, price constraint price_positive check (price > 0), check (cost < price))
  cost 5, price 1: 275, CHECK constraint failed: price_positive
(cost, price constraint price_given not null, check (cost < price))
  cost 5, price 1: 275, CHECK constraint failed: price_given
(cost, price constraint price_positive check (price > 0), constraint profit check (cost < price))
  cost 5, price 1: 275, CHECK constraint failed: profit
on delete restrict: 1811, FOREIGN KEY constraint failed
on delete no action: 787, FOREIGN KEY constraint failed
END
