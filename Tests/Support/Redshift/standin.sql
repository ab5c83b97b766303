-- What Redshift has and PostgreSQL has not, as objects of a test's database; docs/redshift.md tells what is imitated.
-- Sessions of the proxy look into this schema before they look into pg_catalog.
CREATE SCHEMA standin;
SET search_path = standin, pg_catalog;

CREATE FUNCTION version() RETURNS text LANGUAGE sql AS $$
  SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.77777 (a stand-in)' $$;

CREATE DOMAIN super AS jsonb;
CREATE DOMAIN varbyte AS bytea;
CREATE DOMAIN geometry AS text;
CREATE DOMAIN geography AS text;
CREATE DOMAIN hllsketch AS text;

-- A domain has no length of its own: its comment is what Redshift calls the type.
CREATE FUNCTION format_type(oid, int) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT obj_description(t.oid, 'pg_type') FROM pg_type AS t WHERE t.oid = $1 AND t.typtype = 'd'),
    pg_catalog.format_type($1, $2)) $$;

CREATE FUNCTION len(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT char_length($1)';
CREATE FUNCTION sha2(text, int) RETURNS varchar LANGUAGE sql IMMUTABLE AS
  $$ SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')::varchar $$;
CREATE FUNCTION strtol(text, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT ('x' || lpad($1, 16, '0'))::bit(64)::bigint $$;
CREATE FUNCTION fnv_hash(anyelement) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  'SELECT hashtextextended($1::text, 0)';
CREATE FUNCTION json_serialize(jsonb) RETURNS varchar LANGUAGE sql IMMUTABLE AS 'SELECT $1::text::varchar';
CREATE FUNCTION to_hex(bytea) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$ SELECT upper(encode($1, 'hex'))::varchar $$;
CREATE FUNCTION from_hex(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT decode($1, 'hex') $$;
CREATE FUNCTION st_ashexewkb(text) RETURNS varchar LANGUAGE sql IMMUTABLE AS 'SELECT $1::varchar';

-- What a table's DISTKEY and SORTKEY are, and which views bind late: a test says it.
CREATE TABLE keys (relation regclass, attname name, distkey bool, sortkeyord int);
CREATE TABLE late_binding (view_schema name, view_name name, col_name name, col_type varchar, col_num int);
CREATE TABLE svv_external_columns (
  schemaname varchar, tablename varchar, columnname varchar, external_type varchar, columnnum int);

CREATE VIEW pg_attribute AS
  SELECT a.attrelid, a.attname, a.atttypid, a.atttypmod, a.attnum, a.attnotnull, a.attisdropped,
    coalesce(k.distkey, false) AS attisdistkey, coalesce(k.sortkeyord, 0) AS attsortkeyord
  FROM pg_catalog.pg_attribute AS a
  LEFT JOIN keys AS k ON k.relation = a.attrelid AND k.attname = a.attname
  WHERE NOT EXISTS (
    SELECT FROM late_binding AS l WHERE a.attrelid = (quote_ident(l.view_schema) || '.' || quote_ident(l.view_name))::regclass);

CREATE FUNCTION pg_get_late_binding_view_cols() RETURNS SETOF record LANGUAGE sql AS
  'SELECT view_schema, view_name, col_name, col_type, col_num FROM standin.late_binding';

CREATE VIEW svv_table_info AS
  SELECT current_database()::text AS database, n.nspname::text AS schema, c.oid AS table_id, c.relname::text AS "table",
    ceil(pg_table_size(c.oid) / 1048576.0)::bigint AS size, greatest(c.reltuples, 0)::numeric(38, 0) AS tbl_rows,
    greatest(c.reltuples, 0)::numeric(38, 0) AS estimated_visible_rows
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.reltuples > 0;

GRANT USAGE ON SCHEMA standin TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA standin TO PUBLIC;
