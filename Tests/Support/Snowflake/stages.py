"""Internal stages: definitions, PUT, GET, LIST, REMOVE, and which file was loaded into which table."""

import re
import threading
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

import copying
from errors import SqlError
from results import Result, column, number
from sessions import Query, Session, Transaction
from statements import Names, Touched, bare, options, stage_reference
from storage import BUCKET, Storage, StoredFile

if TYPE_CHECKING:
    from clouds import Clouds
    from engine import Engine

CREATE = re.compile(
    r"CREATE\s+(?P<replace>OR\s+REPLACE\s+)?(?P<temp>TEMP(?:ORARY)?\s+)?STAGE\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?"
    r"(?P<name>(?:(?:\"[^\"]+\"|[\w$]+)\.){0,2}(?:\"[^\"]+\"|[\w$]+))(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)
TRANSFER = re.compile(r"(?:PUT|GET)\s+('(?:''|[^'])*'|\S+)\s+('(?:''|[^'])*'|\S+)(.*)$", re.IGNORECASE | re.DOTALL)


@dataclass
class Stage:
    """One incarnation of a stage; its objects lie under `root`."""

    name: str
    encrypted: bool = True
    root: str = field(default_factory=lambda: f"stages/{uuid.uuid4()}/")
    #: Of the user's own: names of its files are whole URLs, and they outlive it.
    external: bool = False

    @property
    def title(self) -> str:
        """What names of its files begin with in results."""
        if self.external:
            return f"s3://{BUCKET}/{self.root}"
        last = self.name.split(".")[-1]
        return "" if last.startswith(("%", "~")) else last.lower() + "/"


class Stages:
    """All internal stages of the account."""

    def __init__(self, engine: "Engine", storage: Storage, clouds: "Clouds", folder: str):
        self.engine, self.storage, self.clouds, self.folder = engine, storage, clouds, folder
        self.port = 0
        #: Per table: path of a loaded file (with the root of its stage) -> its ETag.
        self.loads: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self._stages: dict[str, Stage] = {}

    # Definitions

    def define(self, transaction: Transaction, sql: str, names: Names) -> Result:
        """CREATE STAGE and DROP STAGE. External stages over the bench's own bucket are the bench's, others fakesnow's."""
        session = transaction.session
        found = CREATE.match(sql)
        if found is None:
            return self._drop(session, sql, names)
        full, _ = stage_reference("@" + found["name"], names) or ("", "")
        url = re.search(r"\bURL\s*=\s*'([^']*)'", found["rest"], re.IGNORECASE)
        if url is not None:
            data = self.engine.send(session, sql)
            if url.group(1).startswith(f"s3://{BUCKET}/"):
                root = url.group(1).removeprefix(f"s3://{BUCKET}/").rstrip("/") + "/"
                with self._lock:
                    self._stages[full] = Stage(full, False, root, True)
            return Result.from_peer(data)
        encryption = re.search(r"ENCRYPTION\s*=\s*\(\s*TYPE\s*=\s*'?(\w+)'?", found["rest"], re.IGNORECASE)
        kind = encryption.group(1).upper() if encryption else "SNOWFLAKE_FULL"
        if kind not in ("SNOWFLAKE_FULL", "SNOWFLAKE_SSE"):
            raise SqlError("001008", "22023", f"SQL compilation error: invalid value {kind} for ENCRYPTION")
        words = [found[name] or "" for name in ("replace", "temp")] + ["STAGE ", found["exists"] or "", found["name"]]
        data = self.engine.send(session, "CREATE " + "".join(words))
        with self._lock:
            if found["replace"] or full not in self._stages:
                self._stages[full] = Stage(full, kind == "SNOWFLAKE_FULL")
        return Result.from_peer(data)

    def _drop(self, session: Session, sql: str, names: Names) -> Result:
        found = re.match(r"DROP\s+STAGE\s+(IF\s+EXISTS\s+)?(\S+)$", sql, re.IGNORECASE)
        full, _ = stage_reference("@" + found.group(2), names) or ("", "") if found else ("", "")
        with self._lock:
            stage = self._stages.pop(full, None)
        if stage is None and not (found and found.group(1)):
            raise missing(full)
        if stage is not None:
            database, schema, name = full.split(".")
            self.engine.peer.query(
                self.engine.peer.admin,
                "DELETE FROM _fs_global._fs_information_schema._fs_stages WHERE "
                f"database_name = '{database}' AND schema_name = '{schema}' AND name = '{name}'")
            if not stage.external:
                self.storage.remove(self.storage.objects("", stage.root))
        return Result.status(f"{full.split('.')[-1]} successfully dropped.")

    def find(self, session: Session, text: str) -> tuple[Stage, str] | None:
        """Stage and path of a reference; None when it is no reference to a stage that the bench has."""
        reference = stage_reference(text, Names(session.database, session.schema))
        if reference is None:
            return None
        name, path = reference
        last = name.split(".")[-1]
        with self._lock:
            if last == "~":
                name = f"{session.user}.~"
            if last == "~" or last.startswith("%"):
                self._stages.setdefault(name, Stage(name))
            stage = self._stages.get(name)
        return (stage, path) if stage is not None else None

    def knows(self, name: str) -> bool:
        with self._lock:
            return name in self._stages

    def url(self, name: str) -> str:
        """Where an external stage leads; empty for an internal one."""
        with self._lock:
            stage = self._stages.get(name)
        return stage.title if stage is not None and stage.external else ""

    def need(self, session: Session, text: str) -> tuple[Stage, str]:
        found = self.find(session, text)
        if found is None:
            raise missing(text)
        return found

    # Statements

    def run(self, kind: str, session: Session, query: Query, sql: str) -> Result:
        return {"put": self._put, "get": self._get, "list": self._list, "remove": self._remove}[kind](
            session, query, sql)

    def _put(self, session: Session, query: Query, sql: str) -> Result:
        found = TRANSFER.match(sql)
        if found is None:
            raise SqlError("001003", "42000", "SQL compilation error: PUT 'file://path' '@stage/path'")
        source = unquoted(found.group(1))
        stage, path = self.need(session, found.group(2))
        given = options(found.group(3))
        return Result(transfer={
            **self._transfer(session, query, stage, path, "UPLOAD"),
            "src_locations": [source.removeprefix("file://")],
            "parallel": int(given.get("PARALLEL", 4)), "threshold": 209715200,
            "autoCompress": given.get("AUTO_COMPRESS", "TRUE").upper() == "TRUE",
            "overwrite": given.get("OVERWRITE", "FALSE").upper() == "TRUE",
            "sourceCompression": given.get("SOURCE_COMPRESSION", "AUTO_DETECT").lower(),
            "encryptionMaterial": self._wire_material(
                session, self.storage.new_material(query.id, session.key_bits) if stage.encrypted else None),
            "localLocation": None})

    def _get(self, session: Session, query: Query, sql: str) -> Result:
        found = TRANSFER.match(sql)
        if found is None:
            raise SqlError("001003", "42000", "SQL compilation error: GET '@stage/path' 'file://folder/'")
        stage, path = self.need(session, found.group(1))
        given = options(found.group(3))
        if session.cloud == "S3":
            files = self._files(stage, path, given.get("PATTERN"))
            materials = [self.storage.material(file) for file in files]
        else:
            files = self.clouds.objects(path, stage.root)
            materials = [self.storage.material_of(self.clouds.metadata(file.key)) for file in files]
        folder = path if path.endswith("/") or not path else path.rpartition("/")[0] + "/"
        folder = "" if folder == "/" else folder
        return Result(transfer={
            **self._transfer(session, query, stage, folder, "DOWNLOAD"),
            "src_locations": [file.path[len(folder):] for file in files],
            "localLocation": unquoted(found.group(2)).removeprefix("file://"),
            "parallel": int(given.get("PARALLEL", 10)), "threshold": 209715200, "autoCompress": True,
            "overwrite": False, "sourceCompression": "auto_detect", "presignedUrls": self._addresses(session, files),
            "encryptionMaterial": [self._wire_material(session, material) for material in materials]})

    def _transfer(self, session: Session, query: Query, stage: Stage, path: str, command: str) -> dict[str, Any]:
        """The fields that PUT and GET have in common."""
        folder = stage.root + (path if not path or path.endswith("/") else path + "/")
        # Clients put the bucket before the end point, and the result has to be an address of this machine.
        native = session.client.startswith("5.")
        location, end_point = (f"{BUCKET}/{folder}", f"127.0.0.1:{self.port}") if native else (
            f"127/{BUCKET}/{folder}", f"0.0.1:{self.port}")
        if session.account.storage_port:
            end_point = end_point.replace(str(self.port), str(session.account.storage_port))
        cloud = self._cloud(session, folder, query)
        return {
            "stageInfo": cloud or {
                "locationType": "S3", "location": location, "path": folder, "region": "us-east-1",
                "storageAccount": None, "isClientSideEncrypted": stage.encrypted, "creds": self.storage.credentials(),
                "presignedUrl": None, "endPoint": end_point, "useS3RegionalUrl": False, "useRegionalUrl": False,
                "useVirtualUrl": False},
            "command": command, "kind": None, "operation": "Node", "queryId": query.id,
            "clientShowEncryptionParameter": False, "statementTypeId": None, "parameters": []}

    def _cloud(self, session: Session, folder: str, query: Query) -> dict[str, Any] | None:
        """stageInfo of a stage that is not in S3."""
        if session.cloud == "S3":
            return None
        info: dict[str, Any] = {
            "locationType": session.cloud.split("_")[0], "location": f"stages/{folder}", "path": folder,
            "region": "", "isClientSideEncrypted": True, "presignedUrl": None, "endPoint": None,
            "storageAccount": None, "creds": {}, "useS3RegionalUrl": False, "useRegionalUrl": False,
            "useVirtualUrl": False}
        if session.cloud == "AZURE":
            info.update(
                storageAccount="benchaccount", endPoint="blob.core.windows.net",
                creds={"AZURE_SAS_TOKEN": f"?sv=2021-08-06&sig={self.clouds.token()}"})
        elif session.cloud == "GCS":
            info["creds"] = {"GCS_ACCESS_TOKEN": self.clouds.token()}
        else:
            # Of a PUT that names one file; a GET has an address for each file.
            name = (TRANSFER.match(bare(query.sql)) or [""] * 2)[1].strip("'").rpartition("/")[2]
            info["presignedUrl"] = self._address(folder + name)
        return info

    def _address(self, key: str) -> str:
        return f"https://storage.googleapis.com/stages/{key}?sig={self.clouds.token()}"

    def _addresses(self, session: Session, files: list[StoredFile]) -> list[str] | None:
        return [self._address(file.key) for file in files] if session.cloud == "GCS_PRESIGNED" else None

    def _wire_material(self, session: Session, material: Any) -> dict[str, Any] | None:
        if material is None:
            return None
        # The service writes a number, unless the client said that it reads texts.
        smk = material.smk_id if session.client.startswith("5.") else int(material.smk_id)
        return {"queryStageMasterKey": material.query_stage_master_key, "queryId": material.query_id, "smkId": smk}

    def _list(self, session: Session, query: Query, sql: str) -> Result:
        stage, files = self._selected(session, sql)
        rowtype = [column("name"), number("size"), column("md5"), column("last_modified")]
        return Result(rowtype, [[stage.title + file.path, str(file.size), file.etag, file.modified] for file in files])

    def _remove(self, session: Session, query: Query, sql: str) -> Result:
        stage, files = self._selected(session, sql)
        self.storage.remove(files)
        return Result([column("name"), column("result")], [[stage.title + file.path, "removed"] for file in files])

    def _selected(self, session: Session, sql: str) -> tuple[Stage, list[StoredFile]]:
        found = re.match(r"\w+\s+('(?:''|[^'])*'|\S+)(.*)$", sql, re.DOTALL)
        if found is None:
            raise SqlError("001003", "42000", "SQL compilation error: LIST @stage")
        stage, path = self.need(session, found.group(1))
        return stage, self._files(stage, path, options(found.group(2)).get("PATTERN"))

    def _files(self, stage: Stage, path: str, pattern: str | None) -> list[StoredFile]:
        files = self.storage.objects(path, stage.root)
        return [file for file in files if pattern is None or re.fullmatch(pattern, stage.title + file.path)]

    # Loading

    def copy(
        self, transaction: Transaction, query: Query, sql: str, tree: exp.Expression | None, tables: Touched
    ) -> Result:
        return copying.copy(self, transaction, query, sql, tree, tables)

    def loaded(self, transaction: Transaction, table: str) -> dict[str, str]:
        """The files loaded into a table, as a transaction sees it."""
        if table not in transaction.loads:
            return dict(self.loads.get(table, {}))
        return dict(transaction.loads[table] or {})

    def commit(self, transaction: Transaction) -> None:
        """Makes the loads of a transaction known."""
        with self._lock:
            for table, files in transaction.loads.items():
                self.loads[table] = dict(files or {})


def missing(name: str) -> SqlError:
    return SqlError("002003", "02000", f"SQL compilation error:\nStage '{name}' does not exist or not authorized.")


def unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text
