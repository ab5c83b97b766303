package import Plans

/// One statement of a load, and what its answer must be: the same list is shown in a plan and executed by a run.
package struct SnowflakeStep: Hashable, Sendable {
  package enum Purpose: Hashable, Sendable {
    /// A definition; it commits by itself.
    case define
    case begin
    /// Asks for the open transaction's number; the first time it is remembered, later it must be the same.
    case identify
    /// Answers with one number, 0 where there is nothing to delete: then ``makeRoom``, which waits for the table's lock and
    /// holds it until the commit, is left out.
    case look
    /// Answers with one number: the rows among which a removal finds those that it takes.
    case measure
    /// Makes room: the rows it deletes are counted.
    case makeRoom
    /// Loads files: each must be answered for, with all of its rows.
    case copy([StagedFile])
    /// Answers with one number, which must be this.
    case count(Int)
    /// Answers with the digest of the rows that were loaded, which must be that of the staged ones.
    case digest(RowDigest)
    /// Answers with one number, which must be 0: keys that are staged twice.
    case findRepeats
    /// Inserts this many rows.
    case insert(Int)
    /// Changes exactly the fence's row, or the table belongs to another run; from here on no other load commits.
    case fence
    /// Answers with the part's entry when another attempt has brought it in meanwhile.
    case lookUp
    /// Writes a row that must be written.
    case record
    case commit
    /// Clears what nobody needs any more; a failure does no harm.
    case clear
  }

  package var purpose: Purpose
  package var sql: String

  package init(_ purpose: Purpose, _ sql: String) {
    self.purpose = purpose
    self.sql = sql
  }
}
