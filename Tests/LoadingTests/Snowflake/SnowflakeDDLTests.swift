import Catalogs
import Crypto
import Foundation
import Loading
import Plans
import Support
import Testing

/// Definition files as SnowConvert, `GET_DDL` and people write them.
@Suite struct SnowflakeDDLTests {
  static let snowConvert = """
    --** SSC-FDM-0007 - MISSING DEPENDENT OBJECT "x" **
    USE DATABASE Sales_DB;
    CREATE SCHEMA IF NOT EXISTS dbo
    COMMENT = '{ "origin": "sf_sc", "name": "snowconvert", "version": {  "major": 1,  "minor": 3 }}'
    ;
    CREATE OR REPLACE TABLE dbo.Orders (
      OrderID INT NOT NULL IDENTITY(1,1) ORDER,
      CustomerID VARCHAR(5) COLLATE 'EN-CI-AS' /*** SSC-FDM-TS0002 - COLLATION FOR VALUE CP1 NOT SUPPORTED ***/ NULL,
      Freight NUMBER(38, 4) DEFAULT 0 NOT NULL,
      OrderDate TIMESTAMP_NTZ(3) DEFAULT CURRENT_TIMESTAMP() :: TIMESTAMP_NTZ(3),
      Note VARCHAR DEFAULT ('a,b' || COALESCE(NULL, ')')) COMMENT 'it''s free',
      "Ship Via" INT REFERENCES dbo.Shippers (ShipperID) NOT NULL,
      Total NUMBER(38, 4) AS (Freight * 2),
      rowguid VARCHAR(36) DEFAULT UUID_STRING() /*** x ***/ NOT NULL,
      CONSTRAINT PK_Orders PRIMARY KEY (OrderID) RELY,
      CONSTRAINT UQ UNIQUE (CustomerID, OrderDate) NOT ENFORCED,
      FOREIGN KEY (CustomerID) REFERENCES dbo.Customers ON DELETE CASCADE NOT ENFORCED
    )
    COMMENT = '{ "origin": "sf_sc" }'
    ;
    ALTER TABLE dbo.Shippers ADD CONSTRAINT PK PRIMARY KEY (ShipperID);
    CREATE OR REPLACE VIEW dbo.V AS SELECT 1 AS x;
    CREATE OR REPLACE PROCEDURE dbo.P () RETURNS VARCHAR LANGUAGE SQL AS
    $$
      BEGIN
        CREATE TABLE not_this_one (x INT); RETURN 'it''s; done';
      END;
    $$;
    CREATE OR REPLACE TRANSIENT TABLE Shippers (ShipperID INTEGER) // the last one
    """

  @Test func whatSnowConvertWrites() throws {
    let ddl = SnowflakeDDL(file: "orders.sql", text: Self.snowConvert)
    #expect(ddl.problems.isEmpty, "\(ddl.problems)")
    #expect(
      ddl.allTables.map(\.name.description) == ["SALES_DB.DBO.ORDERS", "SALES_DB.DBO.SHIPPERS"])
    #expect(
      ddl.skipped == [
        "CREATE SCHEMA": 1, "ALTER TABLE": 1, "CREATE VIEW": 1, "CREATE PROCEDURE": 1,
      ])
    let table = try #require(try ddl.table(ObjectName(schema: "DBO", table: "ORDERS")))
    #expect(
      table.columns.map(\.name) == [
        "ORDERID", "CUSTOMERID", "FREIGHT", "ORDERDATE", "NOTE", "Ship Via", "TOTAL", "ROWGUID",
      ])
    #expect(
      table.columns.map(\.declaredType) == [
        "NUMBER(38,0)", "VARCHAR(5)", "NUMBER(38,4)", "TIMESTAMP_NTZ(3)", "VARCHAR(16777216)", "NUMBER(38,0)",
        "NUMBER(38,4)", "VARCHAR(36)",
      ])
    #expect(table.columns.map(\.isNullable) == [false, true, false, true, true, false, true, false])
    #expect(table.column("CUSTOMERID")?.collation == "EN-CI-AS")
    #expect(table.column("FREIGHT")?.defaultValue == "0")
    #expect(table.column("ORDERDATE")?.defaultValue == "CURRENT_TIMESTAMP() :: TIMESTAMP_NTZ(3)")
    #expect(table.column("NOTE")?.defaultValue == "('a,b' || COALESCE(NULL, ')'))")
    #expect(table.column("NOTE")?.comment == "it's free")
    #expect(table.column("TOTAL")?.isGenerated == true)
    #expect(table.column("ORDERID")?.defaultValue == "IDENTITY")
    #expect(table.primaryKey == ["ORDERID"] && table.uniqueKeys == [["CUSTOMERID", "ORDERDATE"]])
  }

  static let getDDL = """
    create or replace database MIGRATED;
    create or replace schema PUBLIC;
    create or replace TABLE "Mixed Case" cluster by (ID, "When")(
    \tID NUMBER(38,0) NOT NULL autoincrement start 1 increment 1 noorder COMMENT 'id -- no comment',
    \t"When" TIMESTAMP_TZ(9) WITH TAG (PII='yes'),
    \tBODY VARIANT,
    \tPLACE GEOGRAPHY,
    \tTAGS ARRAY(VARCHAR(16777216) NOT NULL),
    \tSHAPE OBJECT(a NUMBER(38,0), b VARCHAR),
    \tSECRET VARCHAR(20) WITH MASKING POLICY MIGRATED.PUBLIC.HIDE USING (SECRET, ID),
    \tprimary key (ID)
    );
    create or replace HYBRID TABLE H (
    \tID NUMBER(38,0) NOT NULL,
    \tNAME VARCHAR(10) UNIQUE,
    \tINDEX IDX (NAME) INCLUDE (ID),
    \tprimary key (ID)
    );
    create or replace ICEBERG TABLE ICE (
    \tID LONG_IS_NO_TYPE
    );
    create or replace ICEBERG TABLE ICE2 (ID INT, D DOUBLE PRECISION)
      PARTITION BY (ID) EXTERNAL_VOLUME = 'vol' CATALOG = 'SNOWFLAKE' BASE_LOCATION = 'a/b';
    create or replace dynamic table D(X) target_lag = '1 minute' as select 1;
    create or replace TRANSIENT TABLE LATER LIKE "Mixed Case";
    create table if not exists LATER (X INT);
    create or alter table H2 (A CHAR VARYING (3), B TIMESTAMP WITH LOCAL TIME ZONE, C TIME(3),);
    create temporary table TMP (X INT);
    create table CT as select 1 as x;
    """

  @Test func whatGetDDLWrites() throws {
    let ddl = SnowflakeDDL(file: "all.sql", text: Self.getDDL)
    #expect(ddl.problems.map(\.place) == ["all.sql:20:5"], "\(ddl.problems)")
    #expect(ddl.problems.first?.message.contains("no type LONG_IS_NO_TYPE") == true)
    let mixed = try #require(try ddl.table(ObjectName(table: "Mixed Case")))
    #expect(mixed.name.table == "Mixed Case")
    #expect(mixed.primaryKey == ["ID"] && mixed.clusteringKey == ["ID", "When"])
    #expect(mixed.column("ID")?.comment == "id -- no comment")
    #expect(mixed.column("TAGS")?.declaredType == "ARRAY(VARCHAR(16777216) NOT NULL)")
    #expect(mixed.column("SECRET")?.declaredType == "VARCHAR(20)")
    let hybrid = try #require(try ddl.table(ObjectName(database: "MIGRATED", schema: "PUBLIC", table: "H")))
    #expect(hybrid.traits == ["HYBRID"] && hybrid.uniqueKeys == [["NAME"]] && hybrid.columns.count == 2)
    let iceberg = try #require(try ddl.table(ObjectName(table: "ICE2")))
    #expect(iceberg.traits == ["ICEBERG"] && iceberg.columns.map(\.declaredType) == ["NUMBER(38,0)", "FLOAT"])
    let later = try #require(try ddl.table(ObjectName(table: "LATER")))
    #expect(later.columns == mixed.columns && later.traits == ["TRANSIENT"])
    // A dynamic table's columns may go without types, as those of a query do; rows cannot be loaded into it.
    let dynamic = try #require(try ddl.table(ObjectName(table: "D")))
    #expect(dynamic.kind == .virtual && dynamic.columns.map(\.name) == ["X"])
    let altered = try #require(try ddl.table(ObjectName(table: "H2")))
    #expect(altered.columns.map(\.declaredType) == ["VARCHAR(3)", "TIMESTAMP_LTZ(9)", "TIME(3)"])
    #expect(ddl.skipped["CREATE TEMPORARY TABLE"] == 1 && ddl.skipped["CREATE TABLE AS"] == 1)
  }

  @Test func statementsOfOtherKindsArePassedOver() {
    let text = """
      GRANT SELECT ON ALL TABLES IN SCHEMA S TO ROLE R;
      INSERT INTO T VALUES ('a;b', $$c;d$$, "e;f" /* ; */);
      CREATE PROCEDURE P() RETURNS INT LANGUAGE SQL AS
      DECLARE n INT DEFAULT 0; c CURSOR FOR SELECT 1;
      BEGIN
        IF (n = 0) THEN n := 1; ELSEIF (n = 2) THEN n := 3; END IF;
        FOR r IN c DO n := n + 1; END FOR;
        n := CASE WHEN n > 1 THEN 2 ELSE 3 END;
        CASE (n) WHEN 1 THEN RETURN 1; END CASE;
        BEGIN n := 5; EXCEPTION WHEN OTHER THEN RETURN 7; END;
        RETURN n;
      END;
      BEGIN TRANSACTION; COMMIT;
      CREATE TABLE T (A INT);
      """
    let ddl = SnowflakeDDL(file: "x", text: text)
    #expect(ddl.problems.isEmpty, "\(ddl.problems)")
    #expect(ddl.allTables.map(\.name.table) == ["T"])
    #expect(ddl.skipped == ["GRANT": 1, "INSERT": 1, "CREATE PROCEDURE": 1, "BEGIN": 1, "COMMIT": 1])
  }

  @Test(arguments: [
    ("CREATE TABLE T (A INT B INT)", "f:1:23", "a comma"), ("CREATE TABLE T (A INT", "f:1:22", "behind the columns"),
    ("CREATE TABLE (A INT)", "f:1:14", "a table's name"),
    ("\n\n  CREATE TABLE a.b.c.d (X INT)", "f:3:16", "at most three parts"),
    ("CREATE TABLE T (A 'x')", "f:1:19", "a column's type"), ("CREATE TABLE T (A INT, a INT)", "f:1:24", "already"),
    ("CREATE TABLE T (A INT DEFAULT)", "f:1:30", "default's value"),
    ("CREATE TABLE T (A VARCHAR DEFAULT 'x)", "f:1:35", "close it with a single quote"),
    ("CREATE TABLE T (/* A INT)", "f:1:17", "close it with */"), ("CREATE TABLE \"T (A INT)", "f:1:14", "double quote"),
    ("CREATE TABLE T (A INT, PRIMARY KEY (B))", "f:1:14", "names the column B"),
    ("CREATE TABLE T (A INT PRIMARY KEY, B INT PRIMARY KEY)", "f:1:36", "two primary keys"),
    ("CREATE TABLE T (A INT !!!RESOLVE EWI!!! /*** x ***/)", "f:1:23", "resolve it"),
    ("CREATE TABLE T (A INT)\nCREATE TABLE U (A INT)", "f:2:1", "; should end"),
    ("CREATE TABLE T (A INT); CREATE TABLE T (A INT)", "f:1:38", "defined at f:1:14 already"),
    ("CREATE TABLE IDENTIFIER('T') (A INT)", "f:1:14", "written out"), ("$$ x", "f:1:1", "close it with $$"),
    ("CREATE TABLE T (Ä INT, (B INT))", "f:1:24", "a column's name"),
    ("CREATE TABLE T (A INT COLLATE de)", "f:1:31", "collation"),
    (")", "f:1:1", "a statement should begin"),
  ]) func mistakesAreShownWhereTheyStand(text: String, place: String, words: String) throws {
    let problem = try #require(SnowflakeDDL(file: "f", text: text).problems.first)
    #expect(problem.code == .badDefinition)
    #expect(problem.place == place && problem.message.contains(words), "\(problem)")
  }

  @Test func readingGoesOnBehindAMistake() {
    let ddl = SnowflakeDDL(file: "f", text: "CREATE TABLE A (X NOTYPE); CREATE TABLE B (X INT); CREATE TABLE C (;")
    #expect(ddl.problems.count == 2)
    #expect(ddl.allTables.map(\.name.table) == ["B"])
  }

  @Test func namesThatFitSeveralTablesAreRefused() throws {
    let ddl = SnowflakeDDL(file: "f", text: "CREATE TABLE A.T (X INT); CREATE TABLE B.T (X INT)")
    let error = loadingError { _ = try ddl.table(ObjectName(table: "T")) }
    #expect(error?.message.contains("f:1:14, f:1:40") == true, "\(String(describing: error))")
    #expect(try ddl.table(ObjectName(schema: "B", table: "T")) != nil)
    #expect(try ddl.table(ObjectName(schema: "C", table: "T")) == nil)
    #expect(try ddl.table(ObjectName(table: "t")) == nil)
  }

  @Test func useAndSchemaQualifyNames() {
    let text = """
      CREATE TABLE A (X INT); USE S1; CREATE TABLE B (X INT); USE SCHEMA "s 2"; CREATE TABLE C (X INT);
      USE D3.S3; CREATE TABLE D (X INT); CREATE TABLE S4.E (X INT); CREATE TABLE D5..F (X INT);
      CREATE DATABASE D6; CREATE TABLE G (X INT); CREATE OR REPLACE TRANSIENT SCHEMA D7.S7; CREATE TABLE H (X INT);
      USE ROLE R; USE WAREHOUSE W; USE SECONDARY ROLES ALL; CREATE TABLE I (X INT)
      """
    let ddl = SnowflakeDDL(file: "f", text: text)
    #expect(
      ddl.allTables.map(\.name.description) == [
        "A", "S1.PUBLIC.B", "S1.s 2.C", "D3.S3.D", "D3.S4.E", "D5.PUBLIC.F", "D6.PUBLIC.G", "D7.S7.H", "D7.S7.I",
      ])
  }

  /// Any change of any byte: the reader says what it found, and comes to an end.
  @Test func noFileMakesTheReaderCrashOrHang() {
    var random = SeededGenerator(seed: 7)
    let count = 3_000
    let seeds = [Self.snowConvert, Self.getDDL].map { Array($0.utf8) }
    let pieces: [[UInt8]] = [
      "(", ")", "'", "\"", "$$", "/*", ";", ",", ".", "CREATE TABLE", "END", "\\", "\u{0}", "--",
    ].map {
      Array($0.utf8)
    }
    for _ in 0..<count {
      var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)))
        case 2: bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: place)
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: 0)
        default: bytes.removeSubrange(place...)
        }
        if bytes.isEmpty { bytes = [40] }
      }
      let ddl = SnowflakeDDL(file: "f", text: String(decoding: bytes, as: UTF8.self))
      for problem in ddl.problems { #expect(problem.place.hasPrefix("f:") && !problem.message.isEmpty) }
    }
  }

  @Test func deepNestingIsNoDanger() {
    let deep = String(repeating: "(", count: 200_000)
    let ddl = SnowflakeDDL(file: "f", text: "CREATE TABLE T (A INT DEFAULT \(deep)")
    #expect(ddl.problems.count == 1)
  }
}
