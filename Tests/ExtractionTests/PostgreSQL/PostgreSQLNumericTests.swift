import Catalogs
import Support
import Testing

/// Numbers of every length, place and sign, against the server's own text.
@Suite(.blocking) struct PostgreSQLNumericTests {
  @Test(arguments: [(38, 0), (38, 10), (38, 37), (20, 4), (9, 2), (7, 3), (12, 1), (18, 18), (5, 5)])
  func keepsEveryDigit(precision: Int, scale: Int) throws {
    let sample = try PostgreSQLSample(
      """
      CREATE TABLE t (id int PRIMARY KEY, v numeric(\(precision),\(scale)));
      INSERT INTO t SELECT i, CASE WHEN i % 3 = 0 THEN -1 ELSE 1 END
        * left(translate(md5(i::text) || md5((i + 1)::text), 'abcdef', '009912'), 1 + i % \(precision))::numeric
        * '1e-\(scale)'::numeric FROM generate_series(1, 2000) AS i;
      """)
    let wanted = try sample.run("SELECT trunc(v * '1e\(scale)'::numeric) || 'e-\(scale)' FROM t ORDER BY id")
      .split(separator: "\n").map(String.init)
    // Rows come as they lie in the table.
    let found = try sample.extracted("t").sorted { Int($0[0])! < Int($1[0])! }.map { $0[1] }
    #expect(found.count == 2000 && zip(found, wanted).filter { $0 != $1 }.map { "\($0) for \($1)" } == [])
  }
}
