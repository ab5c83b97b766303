"""MERGE as INSERT, UPDATE and DELETE of one transaction.

fakesnow splits a MERGE by way of a table of its own, which DuckDB refuses within a transaction, and takes plain columns
alone in its assignments. Here every clause becomes a statement over the rows that were there before.
"""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from errors import SqlError
from results import Result, number

Run = Callable[[str], Result]


def merge(tree: exp.Merge, run: Run, ask: Run) -> Result:
    """Executes a MERGE. `run` writes, `ask` only reads; both take a statement in the transaction at hand."""
    target, source, on = tree.this, tree.args["using"], tree.args["on"]
    name = target.alias_or_name
    whens = tree.args["whens"].expressions
    matched = [when for when in whens if when.args.get("matched")]
    if matched:
        pairs = exp.select(f"{name}.ROWID AS R").from_(target.copy()).join(source.copy(), on=on.copy())
        doubled = pairs.group_by(f"{name}.ROWID").having("COUNT(*) > 1").subquery("D")
        if count(ask(text(exp.select("COUNT(*) AS N").from_(doubled)))):
            raise SqlError("100090", "42P18", "Duplicate row detected during DML action")
    # Rows that this MERGE inserts lie behind all others, and none of its other clauses is about them.
    last = ask(text(exp.select(f"COALESCE(MAX({name}.ROWID), -1) AS N").from_(target.copy())))
    bound = exp.condition(f"{name}.ROWID <= {count(last)}")
    counts: dict[str, int] = {}
    for verb, wanted in (("inserted", False), ("updated", True), ("deleted", True)):
        before: list[exp.Expression] = []
        for when in whens:
            if bool(when.args.get("matched")) != wanted:
                continue
            own = when.args.get("condition")
            conditions = [exp.not_(one.copy()) for one in before] + ([own.copy()] if own else [])
            before.append(own or exp.true())
            statement = clause(verb, when, target, source, on, bound, conditions)
            if statement is not None:
                counts[verb] = counts.get(verb, 0) + count(run(text(statement)))
    rowtype = [number(f"number of rows {verb}") for verb in counts]
    return Result(rowtype, [[str(value) for value in counts.values()]], type_id=0x3400)


def clause(
    verb: str, when: exp.When, target: exp.Expression, source: exp.Expression, on: exp.Expression,
    bound: exp.Expression, conditions: list[exp.Expression]
) -> exp.Expression | None:
    """The statement of one WHEN; None when it is not of the kind at hand."""
    then: Any = when.args["then"]
    if verb == "inserted":
        there = exp.select("1").from_(target.copy()).where(on.copy())
        found = exp.not_(exp.Exists(this=there))
        rows = exp.select(*[value.copy() for value in then.expression.expressions]).from_(source.copy())
        into: exp.Expression = exp.to_table(text(bare_table(target)), dialect="snowflake")
        if then.this is not None:
            columns = [exp.to_identifier(column.name, quoted=column.this.args.get("quoted"))
                       for column in then.this.expressions]
            into = exp.Schema(this=into, expressions=columns)
        return exp.Insert(this=into, expression=rows.where(found, *conditions))
    where = exp.and_(on.copy(), bound.copy(), *conditions)
    if verb == "updated" and isinstance(then, exp.Update):
        assignments = [
            exp.EQ(this=exp.Column(this=one.this.this.copy()), expression=one.expression.copy())
            for one in then.expressions]
        return exp.Update(
            this=target.copy(), expressions=assignments, from_=exp.From(this=source.copy()),
            where=exp.Where(this=where))
    if verb == "deleted" and not isinstance(then, exp.Update):
        return exp.Delete(this=target.copy(), using=[source.copy()], where=exp.Where(this=where))
    return None


def bare_table(table: exp.Expression) -> exp.Expression:
    table = table.copy()
    table.set("alias", None)
    return table


def text(tree: exp.Expression) -> str:
    return tree.sql("snowflake")


def count(result: Result) -> int:
    rows = result.text_rows()
    return int(rows[0][0] or 0) if rows else 0
