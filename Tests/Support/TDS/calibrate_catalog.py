"""Catalog views and functions, as Microsoft documents them, by FreeTDS."""

from decimal import Decimal
from typing import Any

from calibration import BenchTest

TABLES = """
CREATE SCHEMA [Sales ö];
GO
CREATE TABLE [Sales ö].[Or]]ders]
(
    Id int IDENTITY(10, 5) NOT NULL, Code char(4) COLLATE Latin1_General_BIN2 NOT NULL, Amount decimal(12, 3) DEFAULT (0),
    Note nvarchar(max) MASKED WITH (FUNCTION = 'default()') NULL, Twice AS (Id * 2) PERSISTED, Stamp rowversion,
    Moment datetime2(3) NOT NULL, Sparse int SPARSE NULL, Guid uniqueidentifier ROWGUIDCOL DEFAULT (NEWID()),
    CONSTRAINT PK_Orders PRIMARY KEY CLUSTERED (Code, Id DESC), CONSTRAINT UQ_Guid UNIQUE (Guid)
);
CREATE INDEX IX_Amount ON [Sales ö].[Or]]ders] (Amount DESC) INCLUDE (Note) WHERE Amount > 0;
CREATE TABLE Heap(a int NULL, b varchar(20) NULL);
CREATE TABLE Memory(a int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON, DURABILITY = SCHEMA_AND_DATA);
CREATE TABLE History(a int NOT NULL PRIMARY KEY, f datetime2 GENERATED ALWAYS AS ROW START HIDDEN NOT NULL, t datetime2 GENERATED
    ALWAYS AS ROW END HIDDEN NOT NULL, PERIOD FOR SYSTEM_TIME (f, t)) WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.Old));
CREATE TABLE Ledger(a int NOT NULL) WITH (LEDGER = ON (APPEND_ONLY = ON));
CREATE TABLE Node(a int) AS NODE;
CREATE TABLE Columns_(a int, INDEX c CLUSTERED COLUMNSTORE);
GO
CREATE VIEW dbo.Seen AS SELECT Id, Code FROM [Sales ö].[Or]]ders];
GO
EXEC sp_addextendedproperty @name = N'MS_Description', @value = N'what it is', @level0type = N'SCHEMA', @level0name = N'Sales ö',
    @level1type = N'TABLE', @level1name = N'Or]ders', @level2type = N'COLUMN', @level2name = N'Code';
INSERT INTO [Sales ö].[Or]]ders](Code, Amount, Moment) VALUES ('b', 2.5, '2024-01-01'), ('a', 1, '2024-01-01'), ('b', 1, '2024-01-02');
"""


class Catalog(BenchTest):
    def setUp(self) -> None:
        super().setUp()
        self.script(TABLES)
        self.connection = self.connect()

    def rows(self, sql: str) -> list[tuple]:
        return [tuple(row) for row in self.connection.execute(sql)]

    def one(self, sql: str) -> Any:
        return self.connection.execute(sql).fetchval()

    def test_tables_say_what_they_are(self) -> None:
        self.assertEqual(
            self.rows(
                "SELECT s.name, t.name, t.is_memory_optimized, t.temporal_type, t.ledger_type, t.is_node, OBJECT_NAME(t.history_table_id) "
                "FROM sys.tables AS t JOIN sys.schemas AS s ON s.schema_id = t.schema_id ORDER BY t.name"),
            [("dbo", "Columns_", False, 0, 0, False, None), ("dbo", "Heap", False, 0, 0, False, None),
             ("dbo", "History", False, 2, 0, False, "Old"), ("dbo", "Ledger", False, 0, 3, False, None),
             ("dbo", "Memory", True, 0, 0, False, None), ("dbo", "Node", False, 0, 0, True, None),
             ("dbo", "Old", False, 1, 0, False, None), ("Sales ö", "Or]ders", False, 0, 0, False, None)])
        self.assertEqual(
            self.rows("SELECT v.name, o.type FROM sys.views v JOIN sys.objects o ON o.object_id = v.object_id"),
            [("Seen", "V ")])
        self.assertEqual(self.rows("SELECT * FROM Seen ORDER BY Id"), [(10, "b   "), (15, "a   "), (20, "b   ")])
        self.assertEqual(self.one("SELECT TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'SEEN'"), "VIEW")

    def test_columns(self) -> None:
        self.assertEqual(
            self.rows(
                "SELECT c.name, t.name, c.max_length, c.precision, c.scale, c.is_nullable, c.is_identity, c.is_computed, c.is_masked, c.is_sparse, "
                "c.is_rowguidcol FROM sys.columns c JOIN sys.types t ON t.user_type_id = c.user_type_id WHERE c.object_id = "
                "OBJECT_ID(N'[Sales ö].[Or]]ders]') ORDER BY c.column_id"),
            [("Id", "int", 4, 10, 0, False, True, False, False, False, False),
             ("Code", "char", 4, 0, 0, False, False, False, False, False, False),
             ("Amount", "decimal", 9, 12, 3, True, False, False, False, False, False),
             ("Note", "nvarchar", -1, 0, 0, True, False, False, True, False, False),
             ("Twice", "int", 4, 10, 0, True, False, True, False, False, False),
             ("Stamp", "timestamp", 8, 0, 0, False, False, False, False, False, False),
             ("Moment", "datetime2", 7, 23, 3, False, False, False, False, False, False),
             ("Sparse", "int", 4, 10, 0, True, False, False, False, True, False),
             ("Guid", "uniqueidentifier", 16, 0, 0, True, False, False, False, False, True)])
        self.assertEqual(
            self.rows("SELECT collation_name FROM sys.columns WHERE name IN (N'Code', N'Note') ORDER BY name"),
            [("Latin1_General_BIN2", ), ("Latin1_General_BIN2", ), ("SQL_Latin1_General_CP1_CI_AS", )])
        self.assertEqual(
            self.rows("SELECT name, definition, is_persisted FROM sys.computed_columns"),
            [("Twice", "((Id * 2))", True)])
        self.assertEqual(self.rows("SELECT name, masking_function FROM sys.masked_columns"), [("Note", "default()")])
        self.assertEqual(
            self.rows(
                "SELECT name, CAST(seed_value AS bigint), CAST(increment_value AS bigint), CAST(last_value AS bigint) FROM "
                "sys.identity_columns"), [("Id", 10, 5, 20)])
        self.assertEqual(
            self.rows(
                "SELECT name, generated_always_type, is_hidden FROM sys.columns WHERE generated_always_type > 0 ORDER BY name"
            ), [("f", 1, True), ("t", 2, True)])
        self.assertEqual(
            self.rows(
                "SELECT p.name, CAST(p.value AS nvarchar(4000)), c.name FROM sys.extended_properties p JOIN sys.columns c ON "
                "c.object_id = p.major_id AND c.column_id = p.minor_id WHERE p.class = 1"),
            [("MS_Description", "what it is", "Code")])

    def test_indexes_and_keys(self) -> None:
        self.assertEqual(
            self.rows(
                "SELECT i.name, i.type_desc, i.is_unique, i.is_primary_key, i.is_unique_constraint, i.has_filter, c.name, ic.key_ordinal, "
                "ic.is_descending_key, ic.is_included_column FROM sys.indexes i JOIN sys.index_columns ic ON ic.object_id = i.object_id AND "
                "ic.index_id = i.index_id JOIN sys.columns c ON c.object_id = ic.object_id AND c.column_id = ic.column_id WHERE i.object_id = "
                "OBJECT_ID(N'[Sales ö].[Or]]ders]') ORDER BY i.index_id, ic.index_column_id"),
            [("PK_Orders", "CLUSTERED", True, True, False, False, "Code", 1, False, False),
             ("PK_Orders", "CLUSTERED", True, True, False, False, "Id", 2, True, False),
             ("UQ_Guid", "NONCLUSTERED", True, False, True, False, "Guid", 1, False, False),
             ("IX_Amount", "NONCLUSTERED", False, False, False, True, "Amount", 1, True, False),
             ("IX_Amount", "NONCLUSTERED", False, False, False, True, "Note", 0, False, True)])
        self.assertEqual(
            self.rows(
                "SELECT k.name, k.type, k.unique_index_id FROM sys.key_constraints k WHERE k.name LIKE N'%[_]Orders' OR k.name = "
                "N'UQ_Guid' ORDER BY 1"), [("PK_Orders", "PK", 1), ("UQ_Guid", "UQ", 2)])
        self.assertEqual(
            self.rows(
                "SELECT type_desc, index_id FROM sys.indexes WHERE object_id IN (OBJECT_ID('Heap'), OBJECT_ID('Columns_')) "
                "ORDER BY 2"), [("HEAP", 0), ("CLUSTERED COLUMNSTORE", 1)])

    def test_counts_and_sizes(self) -> None:
        table = "OBJECT_ID(N'[Sales ö].[Or]]ders]')"
        self.assertEqual(
            self.rows(
                f"SELECT index_id, row_count FROM sys.dm_db_partition_stats WHERE object_id = {table} ORDER BY 1"),
            [(1, 3), (2, 3), (3, 3)])
        self.assertEqual(
            self.one(f"SELECT SUM(p.rows) FROM sys.partitions p WHERE p.object_id = {table} AND p.index_id IN (0, 1)"),
            3)
        self.assertGreater(
            self.one(
                f"SELECT SUM(a.used_pages) FROM sys.partitions p JOIN sys.allocation_units a ON a.container_id = "
                f"p.partition_id WHERE p.object_id = {table}"), 0)
        self.assertEqual(
            self.rows(
                "SELECT c.name, h.step_number, CONVERT(nvarchar(100), h.range_high_key), h.equal_rows FROM sys.stats s JOIN sys.stats_columns sc ON "
                "sc.object_id = s.object_id AND sc.stats_id = s.stats_id AND sc.stats_column_id = 1 JOIN sys.columns c ON c.object_id = "
                "sc.object_id AND c.column_id = sc.column_id CROSS APPLY sys.dm_db_stats_histogram(s.object_id, s.stats_id) h WHERE "
                f"s.object_id = {table} AND s.stats_id IN (1, 3) ORDER BY s.stats_id, h.step_number"), [
                    ("Code", 1, "a   ", 1.0), ("Code", 2, "b   ", 2.0), ("Amount", 1, "1.000", 2.0),
                    ("Amount", 2, "2.500", 1.0)])
        self.assertEqual(self.one(f"SELECT COUNT(*) FROM sys.dm_db_stats_histogram({table}, 1)"), 2)

    def test_samples(self) -> None:
        values = ", ".join(f"({number})" for number in range(1000))
        self.script(f"CREATE TABLE many(i int); INSERT INTO many VALUES {values}")
        self.assertEqual(self.one("SELECT COUNT(*) FROM many TABLESAMPLE SYSTEM (100 PERCENT) REPEATABLE (5)"), 1000)
        self.assertEqual(
            len(self.rows("SELECT m.i FROM many AS m TABLESAMPLE (20 ROWS) WITH (NOLOCK) ORDER BY m.i")), 20)
        self.assertEqual(
            self.rows(
                "SELECT rows, rows_sampled FROM sys.dm_db_stats_properties(OBJECT_ID(N'[Sales ö].[Or]]ders]'), 1)"),
            [(3, 3)])
        self.assertEqual(self.rows("SELECT SYSTEM_USER, TYPE_NAME(56)"), [(self.name, "int")])

    def test_server_and_session(self) -> None:
        self.assertEqual(self.one("SELECT CAST(SERVERPROPERTY('ProductMajorVersion') AS nvarchar(128))"), "16")
        self.assertEqual(self.one("SELECT CONVERT(int, SERVERPROPERTY('EngineEdition'))"), 3)
        self.assertIn("Microsoft SQL Server 2022", self.one("SELECT @@VERSION"))
        self.assertEqual(
            self.rows(
                "SELECT DB_NAME(), snapshot_isolation_state, is_read_committed_snapshot_on, collation_name FROM sys.databases "
                "WHERE database_id = DB_ID()"), [(self.name, 0, False, "SQL_Latin1_General_CP1_CI_AS")])
        self.assertEqual(self.one("SELECT HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE')"), 1)
        self.assertEqual(self.one("SELECT CAST(MIN_ACTIVE_ROWVERSION() AS bigint) - CAST(@@DBTS AS bigint)"), 1)
        self.assertEqual(
            self.rows(f"SELECT COUNT(*) FROM [{self.name}].[sys].[schemas] WHERE name = N'sales Ö'"), [(1, )])
        self.assertEqual(
            self.one(
                "SELECT SUM(CAST(is_nullable AS int)) + CAST(0 AS decimal(9,1)) FROM sys.columns WHERE object_id = "
                "OBJECT_ID('heap')"), Decimal("2.0"))

    def test_tables_change(self) -> None:
        self.connection.execute("ALTER TABLE Heap ADD c nvarchar(10) NOT NULL DEFAULT (N'é'), d AS (a + 1)")
        self.connection.execute("INSERT INTO Heap(a) VALUES (1)")
        self.assertEqual(self.rows("SELECT a, b, c, d FROM Heap"), [(1, None, "é", 2)])
        self.connection.execute("ALTER TABLE Heap DROP COLUMN b")
        self.assertEqual([
            row[0]
            for row in self.rows("SELECT name FROM sys.columns WHERE object_id = OBJECT_ID('Heap') ORDER BY column_id")
        ], ["a", "c", "d"])
        self.connection.execute("DROP TABLE Heap")
        self.assertIsNone(self.one("SELECT OBJECT_ID('Heap')"))
