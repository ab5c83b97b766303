import SQL

/// The first error that one part of a run met, or one of its tables as a whole.
package struct FirstError: Hashable, Sendable {
  package var table: Int
  /// Nil for the preparation or the finish of the table.
  package var part: Int?
  package var code: String
  package var message: String
  package var at: Milliseconds
}

extension Store {
  /// The first error of every part of a run that met one, whether it was overcome or not, oldest first.
  package func firstErrors(run id: Int, limit: Int = 10_000) throws -> [FirstError] {
    try read { connection in
      let rows = try connection.query(
        """
        SELECT tasks.table_index AS table_index, tasks.part AS part, attempts.error_code AS error_code,
        attempts.error_message AS error_message, attempts.ended AS ended FROM tasks
        JOIN attempts ON attempts.task = tasks.id
        WHERE tasks.run = ? AND attempts.error_code IS NOT NULL ORDER BY attempts.ended, tasks.id LIMIT ?
        """, [SQLValue(id), SQLValue(limit)])
      var seen: Set<[Int?]> = []
      return try rows.compactMap { row in
        let error = FirstError(
          table: try row.int("table_index"), part: try row.optionalInt("part"), code: try row.text("error_code"),
          message: try row.optionalText("error_message") ?? "", at: try row.optionalInt("ended") ?? 0)
        return seen.insert([error.table, error.part]).inserted ? error : nil
      }
    }
  }
}
