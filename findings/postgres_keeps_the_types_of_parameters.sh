#!/usr/bin/env bash
# A prepared statement of PostgreSQL 15 does not survive a column of another
# type, even if its text fits the new table.
#
# PostgreSQL plans a prepared statement anew when a table has changed, so that
# applications may keep statements for as long as a connection lives. But the
# types of the parameters, which nobody has named, are those that were found when
# it was prepared. If a migration gives a column another type, "insert into t
# values ($1)" fails from then on, on each connection that has prepared it,
# although the same text works at once on a new connection with the same value.
#
# The error is not "cached plan must not change result type" (0A000), by which
# libraries know that they have to prepare again. It is the error of a wrong
# program (42804), or one of a wrong value (22P02): a date is "invalid input
# syntax for type bigint" for a column that is a date.
#
# The script starts the server and psql of the packages 15.20, in a folder of
# its own and without a port. It prepares the insert for a column of one type,
# makes the table with another one, and prints what the kept and the new
# statement do. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
server=
clean_up() {
  if [ -n "$server" ]; then
    kill -INT "$server"
    wait "$server" || :
  fi
  rm -rf "$folder"
}
trap clean_up EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  libicu72 libldap-2.5-0 libpq5=15.20-0+deb12u1 libsasl2-2 libxml2 \
  postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1
for package in *.deb; do dpkg -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu
programs=$folder/root/usr/lib/postgresql/15/bin

# The server refuses to be run by root.
as_user=()
if [ "$(id -u)" -eq 0 ]; then
  chown nobody "$folder"
  as_user=(setpriv --reuid nobody --regid nogroup --clear-groups --)
fi
"${as_user[@]}" "$programs/initdb" --pgdata data --username me --no-sync \
  --auth trust --encoding UTF8 --locale C.UTF-8 >initdb.log
"${as_user[@]}" "$programs/postgres" -D data -c listen_addresses= \
  -c unix_socket_directories="$folder" -c fsync=off 2>server.log &
server=$!
for _ in $(seq 200); do
  if "$programs/pg_isready" --quiet --host "$folder"; then break; fi
  sleep 0.05
done

ask() {
  "$programs/psql" --no-psqlrc --quiet --tuples-only --no-align \
    --host "$folder" --username me --dbname postgres \
    --set VERBOSITY=verbose --set ON_ERROR_STOP=0 2>&1 \
    | grep -v '^LINE\|^HINT\|^LOCATION\|^ *^$\|^$'
}

# Of which type a column was, is now, and the value.
try() {
  echo "$1 becomes $2:"
  ask <<END
set client_min_messages = error;
drop table if exists t;
create table t (a $1);
prepare kept as insert into t values (\$1);
drop table t;
create table t (a $2);
execute kept ('$3');
prepare new as insert into t values (\$1);
execute new ('$3');
select 'a new one adds ' || a from t;
END
}

{
  ask <<<"select 'PostgreSQL ' || split_part(version(), ' ', 2)"
  try text bigint 7
  try bigint date 2024-02-29
  try 'varchar(9)' text x
} | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
PostgreSQL 15.20
text becomes bigint:
ERROR:  42804: column "a" is of type bigint but expression is of type text
a new one adds 7
bigint becomes date:
ERROR:  22P02: invalid input syntax for type bigint: "2024-02-29"
a new one adds 2024-02-29
varchar(9) becomes text:
a new one adds x
a new one adds x
END
