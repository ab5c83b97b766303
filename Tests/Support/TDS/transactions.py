"""Transactions of a session over DuckDB's, which are snapshots.

Under READ COMMITTED a transaction that has written nothing yet reads without one of DuckDB's, so that it sees what others
commit; from its first change on, and at every other level, it is one transaction of DuckDB.
"""

import copy
from typing import Any

from errors import SqlError, from_duckdb


class Transactions:
    """The transaction of a session: `depth` is @@TRANCOUNT."""

    def __init__(self, session: Any):
        self.session, self.depth, self.isolation = session, 0, "READ COMMITTED"
        self.descriptor = 0
        self._open = False
        self._saved: dict[str, Any] | None = None

    def begin(self) -> None:
        self.depth += 1
        self.descriptor += 1 if self.depth == 1 else 0

    def before(self, writes: bool, reads: bool = True) -> None:
        """Opens DuckDB's transaction where the next statement needs one; `reads`: whether it reads a table."""
        if not writes and not reads:
            return
        if self.isolation == "SNAPSHOT" and self.depth and not self._open:
            settings = self.session.server.catalog.database(self.session.database).settings
            if not settings["snapshot_isolation_state"]:
                raise SqlError(
                    3952, f"Snapshot isolation transaction failed accessing database '{self.session.database}' because "
                    "snapshot isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot "
                    "isolation.")
        if self.depth and not self._open and (writes or self.isolation not in ("READ COMMITTED", "READ UNCOMMITTED")):
            self.session.cursor.execute("BEGIN")
            self._open = True

    def before_definition(self) -> None:
        """Keeps the catalog as it is, for a rollback."""
        self.before(True)
        if self.depth and self._saved is None:
            self._saved = {name: copy.deepcopy(one) for name, one in self.session.server.catalog.databases.items()}

    def commit(self) -> bool:
        """Whether this was the outermost."""
        if self.depth == 0:
            raise SqlError(3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        self.depth -= 1
        if self.depth:
            return False
        try:
            if self._open:
                self.session.cursor.execute("COMMIT")
        except Exception as error:
            raise from_duckdb(error) from None
        finally:
            self._end()
        return True

    def rollback(self) -> None:
        if self.depth == 0:
            raise SqlError(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        self.undo()

    def undo(self) -> None:
        """Undoes whatever is open."""
        if self._open:
            try:
                self.session.cursor.execute("ROLLBACK")
            except Exception:
                # DuckDB may have undone it already, when it could not go on.
                pass
        if self._saved is not None:
            self.session.server.catalog.databases.update(self._saved)
        self.depth = 0
        self._end()

    def _end(self) -> None:
        self._open, self._saved = False, None
        self.session.server.rowversions.settled(self.session.spid)
