import Catalogs
package import Plans
import Workflows

extension SnowflakeDialect {
  /// The statements of the first part's load, as the run will make them by ``SnowflakeLoad``; numbers that only the run
  /// knows are written in words.
  package func outline(_ change: TableChange, lineage: String) -> LoadOutline {
    guard let first = change.parts.first(where: { $0.method != .remove }) ?? change.parts.first else {
      return LoadOutline()
    }
    var outline = LoadOutline()
    for column in change.columns {
      do {
        _ = try SnowflakeCast.expression(column, place: change.target.description)
      } catch {
        outline.refusals.append(error.message)
      }
    }
    guard outline.refusals.isEmpty else { return outline }
    var load = SnowflakeLoad(
      request(change, first, lineage), place: change.target.description, sha256: "SHA256", session: "SESSION")
    load.externalFolder = "STATE/RUN/TABLE/PART/ATTEMPT/"
    if change.configuration.loading.verify != .never {
      load.check = SnowflakeLoadCheck(columns: SnowflakeLoadCheck.columns(of: load.request), expected: RowDigest())
    }
    do {
      let steps = try load.definitions + load.rows() + load.end(rows: Self.unknown, deleted: Self.unknown)
      outline.statements = (steps + load.clearing).map { Self.inWords($0.sql) }
    } catch let error as LoadingError {
      outline.refusals.append(error.message)
    } catch {
      outline.refusals.append("\(error)")
    }
    return outline
  }

  /// Stands for what the run will know; no run has so many attempts or parts.
  private static let unknown = 8_070_605_040
  private static let run = 8_070_605_041

  private static func inWords(_ sql: String) -> String {
    sql.replacing(String(unknown), with: "N").replacing(String(run), with: "RUN")
  }

  private func request(_ change: TableChange, _ part: PartChange, _ lineage: String) -> LoadRequest {
    func target(_ source: String) -> String { change.columns.first { $0.source == source }?.target ?? source }
    var window = part.window
    window?.column = target(part.window?.column ?? "")
    return LoadRequest(
      target: change.target, columns: change.columns, addressing: change.addressing, method: part.method,
      key: (change.key?.columns ?? []).map(target), mergeKey: change.mergeKey, part: part.part, window: window,
      replaces: part.replaces, metadataColumns: change.configuration.target.metadataColumns, lineage: lineage,
      run: Self.run, attempt: Self.unknown, plan: "PLAN", stage: "",
      staged: StagedPart(
        files: [StagedFile(path: "RUN/TABLE/PART/1.parquet", rows: 0, bytes: 0, sha256: "")], sourceRows: Self.unknown,
        external: external(change)))
  }

  private func external(_ change: TableChange) -> ExternalFiles? {
    guard change.configuration.extraction.strategy == .unload else { return nil }
    return change.configuration.extraction.externalStage.map { ExternalFiles(stage: $0, url: "") }
  }
}
