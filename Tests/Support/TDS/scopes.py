"""Which columns a query sees, and what stands for them in DuckDB's SQL."""

from dataclasses import dataclass, field

from conversions import Expression
from errors import SqlError
from tsqltypes import Type


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(slots=True)
class Visible:
    """A column that a query sees; `hidden` ones are not among `*`."""

    name: str
    type: Type
    sql: str
    nullable: bool = True
    hidden: bool = False
    column: object = None


@dataclass(slots=True)
class Relation:
    """One source: its alias, or the parts of its name, and its columns."""

    alias: str
    parts: list[str]
    columns: list[Visible]

    def is_called(self, parts: list[str]) -> bool:
        wanted = [part.lower() for part in parts]
        if len(wanted) == 1:
            return self.alias.lower() == wanted[0]
        known = [part.lower() or "dbo" for part in self.parts]
        return bool(known) and known[-len(wanted):] == [part or "dbo" for part in wanted] or (
            len(known) == 1 and wanted == ["dbo", known[0]])


@dataclass(slots=True)
class Scope:
    """The sources of one SELECT, and the scope around it; `groups` are what stands for what it groups by."""

    outer: "Scope | None" = None
    relations: list[Relation] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)

    def find(self, parts: list[str]) -> Expression:
        found = []
        for relation in self.relations:
            if len(parts) == 1 or relation.is_called(parts[:-1]):
                found += [column for column in relation.columns if column.name.lower() == parts[-1].lower()]
        if len(found) > 1:
            raise SqlError(209, f"Ambiguous column name '{parts[-1]}'.")
        if found:
            one = found[0]
            return Expression(one.sql, one.type, one.nullable, column=one.column)
        if self.outer is not None:
            return self.outer.find(parts)
        if len(parts) > 1:
            raise SqlError(4104, f'The multi-part identifier "{".".join(parts)}" could not be bound.')
        raise SqlError(207, f"Invalid column name '{parts[0]}'.")

    def star(self, parts: list[str]) -> list[Visible]:
        chosen = [one for one in self.relations if not parts or one.is_called(parts)]
        if not chosen:
            raise SqlError(
                107, f"The column prefix '{'.'.join(parts)}' does not match with a table name or alias name.", 15)
        return [column for relation in chosen for column in relation.columns if not column.hidden]
