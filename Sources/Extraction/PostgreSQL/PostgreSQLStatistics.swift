import Catalogs
import Postgres

/// Estimates of a table's rows and bytes that cost no pass over its rows.
///
/// Rows are the density of `ANALYZE` times the pages there are now, as the server's own planner reckons; of a table that was
/// never analysed, the pages filled with rows of the declared width. A partitioned or inherited table has those of its
/// descendants together. Source: `estimate_rel_size` in PostgreSQL's `src/backend/optimizer/util/plancat.c`.
struct PostgreSQLStatistics {
  let connection: any PostgresLink

  /// Fills in `estimatedRows` and `estimatedBytes`; a view keeps none, a foreign table those its wrapper told.
  func estimate(_ oids: String, _ entries: inout [String: PostgreSQLCatalog.Entry]) throws {
    let found = try connection.query(
      """
      WITH RECURSIVE tree(root, oid) AS (
        SELECT o, o FROM unnest($1::oid[]) AS o
        UNION
        SELECT t.root, i.inhrelid FROM tree AS t JOIN pg_inherits AS i ON i.inhparent = t.oid),
      pages AS (
        SELECT t.root, c.oid, c.relkind, c.reltuples, c.relpages,
          coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::float8 AS pages,
          coalesce(pg_table_size(c.oid), 0) AS bytes,
          (SELECT 28 + sum(CASE WHEN a.attlen > 0 THEN a.attlen ELSE 32 END) FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS width
        FROM tree AS t JOIN pg_class AS c ON c.oid = t.oid WHERE c.relkind IN ('r', 'm', 'f'))
      SELECT root, sum(CASE
          WHEN relkind = 'f' THEN nullif(reltuples, -1)
          WHEN pages = 0 THEN 0
          WHEN reltuples >= 0 AND relpages > 0 THEN reltuples / relpages * pages
          ELSE pages * (current_setting('block_size')::float8 - 24) / width END)::bigint,
        CASE WHEN bool_or(relkind = 'f') THEN NULL ELSE sum(bytes) END
      FROM pages GROUP BY root
      """, [oids])
    for row in 0..<found.rows {
      guard let oid = found.text(row, 0) else { continue }
      entries[oid]?.table.estimatedRows = found.integer(row, 1)
      entries[oid]?.table.estimatedBytes = found.integer(row, 2)
    }
  }
}
