#!/usr/bin/env bash
# SQLite 3.40.1 does not wait for a writer when a database is to enter WAL mode.
#
# A busy timeout makes a connection wait for the locks of others. So one would
# expect that "pragma journal_mode = wal", which each process runs when it opens
# a database, waits as well. It does wait for a connection that reads, and for
# one that holds the exclusive lock. But while another connection has begun to
# write (it holds the reserved lock), the pragma fails at once with
# SQLITE_BUSY, "database is locked", and the file stays in its old mode.
#
# Two processes that make the same new database at the same time meet there, so
# one of them may fail to start although both are ready to wait for seconds.
# Once the file is in WAL mode, it does not happen again.
#
# The script runs Python's sqlite3 with the library of libsqlite3-0 3.40.1 and a
# busy timeout of ten seconds. The other connection ends its transaction after
# half a second. The script prints what the pragma returns, and whether it has
# waited. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libsqlite3-0=3.40.1-2+deb12u2
dpkg -x libsqlite3-0_*.deb root

cat >wal.py <<'END'
import sqlite3
import threading
import time

HELD_SECONDS = 0.5


def connect(path):
    return sqlite3.connect(path, timeout=10, isolation_level=None,
                           check_same_thread=False)


def enter_wal(begin):
    path = begin.replace(" ", "_")
    other = connect(path)
    other.execute("create table t (a)")
    other.execute(begin)
    other.execute("select * from t").fetchall()
    end = threading.Timer(HELD_SECONDS, other.execute, ["commit"])
    end.start()
    began = time.monotonic()
    try:
        mode, = connect(path).execute("pragma journal_mode = wal").fetchone()
    except sqlite3.OperationalError as error:
        mode = f"{error.sqlite_errorname}, {error}"
    waited = time.monotonic() - began > HELD_SECONDS / 2
    end.join()
    return f"{mode}, {'after the other one' if waited else 'at once'}"


print("SQLite", sqlite3.sqlite_version)
for begin in "begin", "begin immediate", "begin exclusive":
    print(f"{begin}: {enter_wal(begin)}")
END
LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu \
  /usr/bin/python3 wal.py | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
SQLite 3.40.1
begin: wal, after the other one
begin immediate: SQLITE_BUSY, database is locked, at once
begin exclusive: wal, after the other one
END
