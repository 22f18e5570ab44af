#include "stagedoor/actors/store/row_triggers.hpp"

#include <set>
#include <utility>

namespace stagedoor {

namespace {

/// A function that triggers call.
struct trigger_function {
  std::string name;
  /// What it sets for the time of a call.
  std::string settings;
  std::string body;

  [[nodiscard]] std::string statement() const {
    return "CREATE OR REPLACE FUNCTION " + name
           + "() RETURNS trigger LANGUAGE plpgsql "
             "SET search_path = pg_catalog, pg_temp "
           + settings + "AS $stagedoor$" + body + "$stagedoor$";
  }
};

/// Counts the changes of a table in a transaction. A setting holds the number,
/// because it goes with the transaction, or with the part that is rolled back.
trigger_function count_function() {
  return {"stagedoor_count_row", "", R"(
-- Made by Stagedoor, version 1.
DECLARE
  counted CONSTANT text := 'stagedoor.counted_' || TG_RELID;
  before bigint := coalesce(nullif(current_setting(counted, true), ''), '0');
BEGIN
  PERFORM set_config(counted, (before + 1)::text, true);
  RETURN NULL;
END
)"};
}

/// Tells of a change, at the commit. The payload is its place among the changes
/// of the transaction and their number, the part and the number of parts, and
/// the change, `{"old":…,"new":…}`, whose values are texts: as they are, or, if
/// they are too long for one payload, a part of their base64url. As all
/// payloads of a transaction differ, PostgreSQL drops none of them.
trigger_function tell_function() {
  return {"stagedoor_tell_row",
          "SET TimeZone = 'UTC' SET extra_float_digits = 1 ",
          R"(
-- Made by Stagedoor, version 1.
DECLARE
  channel CONSTANT text := ')"
              + std::string{row_telling::channel_begin} + R"(' || TG_RELID;
  counted CONSTANT text := 'stagedoor.counted_' || TG_RELID;
  told CONSTANT text := 'stagedoor.told_' || TG_RELID;
  payload_bytes CONSTANT int := 7900;
  part_bytes CONSTANT int := 5700;
  total bigint := coalesce(nullif(current_setting(counted, true), ''), '1');
  place bigint := coalesce(nullif(current_setting(told, true), ''), '0');
  head text;
  body text;
  bytes bytea;
  parts int;
BEGIN
  IF TG_OP = 'TRUNCATE' OR total > )"
              + std::to_string(row_telling::rows_max) + R"( THEN
    PERFORM pg_notify(channel, ')"
              + std::string{row_telling::missed} + R"(');
    RETURN NULL;
  END IF;
  place := place + 1;
  IF place = total THEN
    PERFORM set_config(counted, '', true), set_config(told, '', true);
  ELSE
    PERFORM set_config(told, place::text, true);
  END IF;
  head := place || ' ' || total || ' ';
  body := json_build_object(
    'old', (SELECT json_object_agg(key, value)
            FROM json_each_text(row_to_json(OLD)) WHERE key = ANY (TG_ARGV)),
    'new', (SELECT json_object_agg(key, value)
            FROM json_each_text(row_to_json(NEW)) WHERE key = ANY (TG_ARGV)));
  IF octet_length(body) <= payload_bytes THEN
    PERFORM pg_notify(channel, head || '1 1 ' || body);
    RETURN NULL;
  END IF;
  bytes := convert_to(body, 'UTF8');
  parts := (octet_length(bytes) + part_bytes - 1) / part_bytes;
  FOR part IN 1..parts LOOP
    PERFORM pg_notify(channel, head || part || ' ' || parts || ' '
      || translate(encode(substring(bytes FROM (part - 1) * part_bytes + 1
                                    FOR part_bytes), 'base64'),
                   E'+/=\n', '-_'));
  END LOOP;
  RETURN NULL;
END
)"};
}

void make_function(sql_session& sql, const trigger_function& wanted) {
  const auto found =
      sql.run("SELECT p.prosrc FROM pg_proc p "
              "JOIN pg_namespace n ON n.oid = p.pronamespace "
              "WHERE n.nspname = current_schema() AND p.proname = ?1 "
              "AND p.pronargs = 0",
              {wanted.name});
  if (found.empty() || found[0][0] != sql_value{wanted.body})
    sql.run(wanted.statement());
}

struct trigger {
  std::string name;
  /// The statement up to the name of the table, and what follows it.
  std::string begin;
  std::string end;
};

/// Makes a trigger that is not there, or is another one or turned off. Its
/// comment is the statement that has made it.
void make_trigger(sql_session& sql, const std::string& quoted,
                  const trigger& wanted) {
  const auto statement = wanted.begin + " ON " + quoted + ' ' + wanted.end;
  const auto found =
      sql.run("SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass(?1) "
              "AND tgname = ?2 AND tgenabled IN ('O', 'A') "
              "AND obj_description(oid, 'pg_trigger') = ?3",
              {quoted, wanted.name, statement});
  if (!found.empty())
    return;
  sql.run("DROP TRIGGER IF EXISTS " + wanted.name + " ON " + quoted);
  sql.run(statement);
  std::string text;
  for (const auto c : statement)
    text.append(c == '\'' ? 2 : 1, c);
  sql.run("COMMENT ON TRIGGER " + wanted.name + " ON " + quoted + " IS '" + text
          + '\'');
}

/// The columns that the trigger tells of already, as its arguments name them.
std::set<std::string> columns_told(sql_session& sql,
                                   const std::string& quoted) {
  std::set<std::string> result;
  for (const auto& row : sql.run(
           "SELECT a.attname FROM pg_trigger t "
           "JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum > 0 "
           "AND NOT a.attisdropped AND a.attname = ANY "
           R"((string_to_array(encode(t.tgargs, 'escape'), '\000')) )"
           "WHERE t.tgrelid = to_regclass(?1) AND t.tgname = 'stagedoor_tell'",
           {quoted}))
    result.insert(std::get<std::string>(row[0]));
  return result;
}

} // namespace

void make_row_triggers(sql_session& sql, const std::string& table,
                       const std::vector<std::string>& columns) {
  const auto quoted = '"' + table + '"';
  try {
    make_function(sql, count_function());
    make_function(sql, tell_function());
    auto told = columns_told(sql, quoted);
    told.insert(columns.begin(), columns.end());
    std::string names;
    for (const auto& name : told)
      names.append(names.empty() ? "'" : ", '").append(name).append("'");
    const std::string rows = " AFTER INSERT OR UPDATE OR DELETE";
    const std::string calls = "FOR EACH ROW EXECUTE FUNCTION ";
    make_trigger(sql, quoted,
                 {"stagedoor_count", "CREATE TRIGGER stagedoor_count" + rows,
                  calls + "stagedoor_count_row()"});
    make_trigger(sql, quoted,
                 {"stagedoor_tell",
                  "CREATE CONSTRAINT TRIGGER stagedoor_tell" + rows,
                  "DEFERRABLE INITIALLY DEFERRED " + calls
                      + "stagedoor_tell_row(" + names + ')'});
    make_trigger(sql, quoted,
                 {"stagedoor_truncate",
                  "CREATE TRIGGER stagedoor_truncate AFTER TRUNCATE",
                  "FOR EACH STATEMENT EXECUTE FUNCTION stagedoor_tell_row()"});
  } catch (const sql_error& error) {
    throw sql_error(error.fault(),
                    "cannot make the triggers of the table \"" + table
                        + "\": " + error.what(),
                    error.code());
  }
}

} // namespace stagedoor
