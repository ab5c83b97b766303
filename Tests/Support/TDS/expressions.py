"""Expressions: trees of nodes.py become DuckDB's SQL with types of T-SQL."""

import re
from typing import Any

import collations
import nodes
import values
from conversions import Expression, convert, key
from errors import SqlError
from functions import Functions
from scopes import Scope
from tsqltypes import BIGINT, BIT, DEFAULT_COLLATION, FLOAT, INT, Type, as_decimal, common, text

NOTHING = Type("int")
#: Functions without parentheses.
NILADIC = {
    "SYSTEM_USER": "SUSER_SNAME", "CURRENT_USER": "USER_NAME", "SESSION_USER": "USER_NAME",
    "CURRENT_TIMESTAMP": "GETDATE"}


def truth(sql: str) -> Expression:
    return Expression(sql, BIT)


class Expressions(Functions):
    """Needs `variables`, `query_sql` and what functions.py needs."""

    def expression(self, node: Any, scope: Scope) -> Expression:
        made = getattr(self, "_" + type(node).__name__.lower())(node, scope)
        substitute = scope.groups.get(made.sql)
        if substitute is not None:
            made.sql = substitute
        return made

    def condition(self, node: Any, scope: Scope) -> str:
        made = self.expression(node, scope)
        return made.sql

    # Leaves

    def _literal(self, node: nodes.Literal, scope: Scope) -> Expression:
        kind, given = node.kind, node.text
        if kind == "null":
            return Expression("NULL", NOTHING, is_null=True)
        if kind == "int":
            number = int(given)
            if number < 2**31:
                return Expression(str(number), INT, False)
            return Expression(f"CAST({number} AS DECIMAL({len(str(number))},0))",
                              Type("numeric", precision=len(str(number))), False)
        if kind == "decimal":
            whole, _, places = given.partition(".")
            digits = max(1, len(whole.lstrip("0")) + len(places))
            if digits > 38:
                raise SqlError(1007, f"The number '{given}' is out of the range for numeric representation (maximum "
                                     "precision 38).", 15)
            made = Type("numeric", precision=digits, scale=len(places))
            return Expression(f"CAST('{given}' AS {made.duckdb})", made, False)
        if kind == "float":
            return Expression(f"CAST('{given}' AS DOUBLE)", FLOAT, False)
        if kind == "money":
            return Expression(f"CAST('{given}' AS DECIMAL(19,4))", Type("money"), False)
        if kind == "binary":
            given = "0" * (len(given) % 2) + given
            return Expression(f"unhex('{given}')", Type("varbinary", max(1, len(given) // 2)), False)
        if kind == "default":
            raise SqlError(156, "Incorrect syntax near the keyword 'DEFAULT'.", 15)
        return self.text_literal(given, kind == "nstring")

    def text_literal(self, given: str, wide: bool) -> Expression:
        if not wide:
            given = given.encode("cp1252", "replace").decode("cp1252", "replace")
        length = len(given.encode("utf-16-le")) // 2
        length = -1 if length > (4000 if wide else 8000) else max(1, length)
        kind = text("nvarchar" if wide else "varchar", length)
        return Expression(values.to_sql(given, kind), kind, False, literal=given)

    def _variable(self, node: nodes.Variable, scope: Scope) -> Expression:
        if node.name.startswith("@@"):
            return self.global_variable(node.name[2:].upper())
        if node.name.lower() not in self.variables:
            raise SqlError(137, f'Must declare the scalar variable "{node.name}".', 15, 2)
        kind, value = self.variables[node.name.lower()]
        made = Expression(values.to_sql(value, kind), kind, is_null=False)
        if value is not None and kind.family == "text" and len(value) < 200:
            made.literal = value
        return made

    def _name(self, node: nodes.Name, scope: Scope) -> Expression:
        if len(node.parts) == 1 and node.parts[0].upper() in NILADIC:
            return self.call(nodes.Call(NILADIC[node.parts[0].upper()], []), scope)
        return scope.find(node.parts)

    # Operators

    def _operation(self, node: nodes.Operation, scope: Scope) -> Expression:
        op = node.op
        if op in ("AND", "OR"):
            return truth(f"({self.condition(node.left, scope)} {op} {self.condition(node.right, scope)})")
        if op == "NOT":
            return truth(f"(NOT {self.condition(node.left, scope)})")
        if op in ("neg", "+", "~") and node.right is None:
            return self._unary(op, self.expression(node.left, scope))
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        if op in ("=", "<>", "<", "<=", ">", ">="):
            one, other = self.alike([left, right])
            return truth(f"({key(one)} {op} {key(other)})")
        return self._arithmetic(op, left, right)

    def _unary(self, op: str, value: Expression) -> Expression:
        if op == "+":
            return value
        if op == "~":
            return Expression(f"CAST(xor({value.sql}, -1) AS {value.type.duckdb})", value.type)
        if value.type.name == "numeric" and value.sql == "CAST(2147483648 AS DECIMAL(10,0))":
            return Expression("CAST(-2147483648 AS DECIMAL(10,0))", value.type, False)
        return Expression(f"(-{value.sql})", value.type, value.nullable)

    def alike(self, given: list[Expression]) -> list[Expression]:
        """The same expressions in one type, so that they can be compared."""
        known = [one.type for one in given if not one.is_null]
        if not known:
            return [convert(one, INT) for one in given]
        target = known[0]
        for kind in known[1:]:
            target = common(target, kind)
        if target.family == "text":
            # Comparing neither cuts nor pads.
            explicit = [one.type.collation for one in given if not one.is_null and one.literal is None]
            target = text("nvarchar" if target.is_wide else "varchar", -1, next(
                (name for name in explicit if name != DEFAULT_COLLATION), target.collation or DEFAULT_COLLATION))
        elif target.family == "binary":
            target = Type("varbinary", -1)
        return [convert(one, target) for one in given]

    def _arithmetic(self, op: str, left: Expression, right: Expression) -> Expression:
        if left.is_null or right.is_null:
            kind = right.type if left.is_null else left.type
            return Expression(f"CAST(NULL AS {kind.duckdb})", kind)
        families = {left.type.family, right.type.family}
        if op == "+" and families == {"text"}:
            return self._joined(left, right)
        if op == "+" and families == {"binary"}:
            return Expression(f"({left.sql} || {right.sql})", Type("varbinary", -1))
        target = common(left.type, right.type)
        if target.family == "moment" and op in "+-" and "datetime" in target.name:
            return self._shifted(op, left, right, target)
        if target.family not in ("int", "decimal", "float"):
            raise SqlError(
                402, f"The data types {left.type.name} and {right.type.name} are incompatible in the operator.")
        if op in "&|^":
            wide = INT if target.name in ("bit", "tinyint", "smallint") else target
            one, other = convert(left, wide), convert(right, wide)
            sql = f"xor({one.sql}, {other.sql})" if op == "^" else f"({one.sql} {op} {other.sql})"
            return Expression(sql, wide)
        if target.family == "decimal":
            return self._decimals(op, left, right)
        if target.family == "int":
            target = INT if target.name in ("bit", "tinyint", "smallint", "int") else BIGINT
        one, other = convert(left, target), convert(right, target)
        if op in "/%":
            sign = "//" if op == "/" and target.family == "int" else op
            return Expression(f"({one.sql} {sign} tds_divisor({other.sql}))", target)
        return Expression(f"CAST({one.sql} {op} {other.sql} AS {target.duckdb})", target)

    def _joined(self, left: Expression, right: Expression) -> Expression:
        kind = common(left.type, right.type)
        one, other = (convert(value, text("nvarchar" if kind.is_wide else "varchar", -1, value.type.collation))
                      for value in (left, right))
        length = -1 if -1 in (left.type.length, right.type.length) else left.type.length + right.type.length
        limit = 4000 if kind.is_wide else 8000
        return Expression(f"({one.sql} || {other.sql})", text(
            "nvarchar" if kind.is_wide else "varchar", min(length, limit), kind.collation or DEFAULT_COLLATION))

    def _shifted(self, op: str, left: Expression, right: Expression, target: Type) -> Expression:
        number, moment = (left, right) if left.type.family != "moment" else (right, left)
        if number.type.family not in ("int", "decimal", "float"):
            raise SqlError(402, "The data types are incompatible in the operator.")
        ticks = f"CAST({number.sql} * {values.DAY} AS BIGINT)"
        return convert(Expression(f"({moment.sql} {op} {ticks})", Type("datetime2", scale=7)), target)

    def _decimals(self, op: str, left: Expression, right: Expression) -> Expression:
        """Precision and scale as "Precision, scale, and length" of the T-SQL reference has them."""
        a, b = as_decimal(left.type), as_decimal(right.type)
        money = {left.type.name, right.type.name} & {"money", "smallmoney"} and not (
            {left.type.name, right.type.name} & {"decimal", "numeric"})
        whole = max(a.precision - a.scale, b.precision - b.scale)
        if op == "*":
            precision, scale = a.precision + b.precision + 1, a.scale + b.scale
        elif op == "/":
            scale = max(6, a.scale + b.precision + 1)
            precision = a.precision - a.scale + b.scale + scale
        elif op == "%":
            scale = max(a.scale, b.scale)
            precision = min(a.precision - a.scale, b.precision - b.scale) + scale
        else:
            scale = max(a.scale, b.scale)
            precision = whole + scale + 1
        if precision > 38:
            scale = max(min(scale, 38 - (precision - scale)), min(scale, 6))
        kind = Type("money") if money else Type(
            "decimal" if "decimal" in (left.type.name, right.type.name) else "numeric",
            precision=min(38, precision),
            scale=scale)
        one, other = convert(left, a).sql, convert(right, b).sql
        if op == "/":
            # Through a double: DuckDB has no division of decimals.
            return Expression(f"CAST(CAST({one} AS DOUBLE) / tds_divisor({other}) AS {kind.duckdb})", kind)
        other = f"tds_divisor({other})" if op == "%" else other
        return Expression(f"CAST({one} {op} {other} AS {kind.duckdb})", kind)

    # Predicates, CASE, casts

    def _predicate(self, node: nodes.Predicate, scope: Scope) -> Expression:
        no = "NOT " if node.negated else ""
        if node.kind == "exists":
            return truth(f"{no}EXISTS ({self.query_sql(node.others[0], scope)[0]})")
        value = self.expression(node.value, scope)
        if node.kind == "null":
            return truth(f"({value.sql} IS {no}NULL)")
        if node.kind == "in" and isinstance(node.others[0], nodes.Query):
            sql, columns = self.query_sql(node.others[0], scope)
            inner = Expression('q."v"', columns[0].type)
            one, other = self.alike([value, inner])
            return truth(f"({key(one)} {no}IN (SELECT {key(other)} FROM ({sql}) AS q(\"v\")))")
        others = [self.expression(one, scope) for one in node.others]
        if node.kind == "like":
            return self._like(value, others, no)
        alike = self.alike([value, *others])
        if node.kind == "in":
            return truth(f"({key(alike[0])} {no}IN ({', '.join(key(one) for one in alike[1:])}))")
        low, high = (key(one) for one in alike[1:])
        return truth(f"({no}({key(alike[0])} BETWEEN {low} AND {high}))")

    def _like(self, value: Expression, others: list[Expression], no: str) -> Expression:
        kind = text("nvarchar", -1, value.type.collation or DEFAULT_COLLATION)
        one, pattern = convert(value, kind), convert(others[0], kind)
        if others[0].literal is not None and "[" in others[0].literal and len(others) == 1:
            return self._like_classes(one, others[0].literal, no)
        word = "LIKE" if collations.find(kind.collation).kind in ("bin", "cs") else "ILIKE"
        escape = f" ESCAPE {others[1].sql}" if len(others) > 1 else ""
        return truth(f"({one.sql} {no}{word} {pattern.sql}{escape})")

    def _like_classes(self, value: Expression, pattern: str, no: str) -> Expression:
        """Patterns with `[abc]`, which DuckDB's LIKE does not know."""
        parts = re.findall(r"\[\^?[^\]]*\]|.", pattern, re.DOTALL)
        made = "".join(
            {"%": ".*", "_": "."}.get(part) or (part if len(part) > 1 else re.escape(part)) for part in parts)
        flags = "s" if collations.find(value.type.collation).kind in ("bin", "cs") else "is"
        return truth(f"({no}regexp_full_match({value.sql}, {values.to_sql(made, value.type)}, '{flags}'))")

    def _case(self, node: nodes.Case, scope: Scope) -> Expression:
        tests = []
        for tested, _ in node.whens:
            if node.operand is None:
                tests.append(self.condition(tested, scope))
            else:
                one, other = self.alike([self.expression(node.operand, scope), self.expression(tested, scope)])
                tests.append(f"{key(one)} = {key(other)}")
        results = [self.expression(result, scope) for _, result in node.whens]
        otherwise = nodes.Literal("null") if node.otherwise is None else node.otherwise
        results.append(self.expression(otherwise, scope))
        same = self.unified(results)
        whens = " ".join(f"WHEN {test} THEN {one.sql}" for test, one in zip(tests, same))
        return Expression(f"CASE {whens} ELSE {same[-1].sql} END", same[0].type)

    def unified(self, given: list[Expression]) -> list[Expression]:
        """The same expressions in the one type that a CASE, a COALESCE or a UNION of them has."""
        known = [one.type for one in given if not one.is_null] or [INT]
        target = known[0]
        for kind in known[1:]:
            target = common(target, kind)
        return [convert(one, target) for one in given]

    def _cast(self, node: nodes.Cast, scope: Scope) -> Expression:
        value = self.expression(node.value, scope)
        style = int(node.style.text) if isinstance(node.style, nodes.Literal) and node.style.text else 0
        if value.type.family == "text" and node.type.family == "text" and node.type.collation == DEFAULT_COLLATION:
            return convert(value, node.type.collated(value.type.collation or DEFAULT_COLLATION), style, node.lenient)
        return convert(value, node.type, style, node.lenient)

    def _collate(self, node: nodes.Collate, scope: Scope) -> Expression:
        value = self.expression(node.value, scope)
        if value.type.family != "text":
            raise SqlError(447, f"Expression type {value.type.name} is invalid for COLLATE clause.", state=0)
        collations.find(node.collation)
        made = Expression(value.sql, value.type.collated(node.collation), value.nullable, value.literal)
        return made

    def _zone(self, node: nodes.Zone, scope: Scope) -> Expression:
        value = self.expression(node.value, scope)
        zone = node.zone.text if isinstance(node.zone, nodes.Literal) else ""
        if zone.upper() != "UTC":
            raise SqlError(9820, f"The time zone parameter '{zone}' provided to AT TIME ZONE clause is invalid.")
        if value.type.family == "zoned":
            return Expression(f"({value.sql} // 4096 * 4096 + 2048)", value.type)
        return convert(value, Type("datetimeoffset", scale={"datetime": 3}.get(value.type.name, value.type.scale)))

    def _query(self, node: nodes.Query, scope: Scope) -> Expression:
        sql, columns = self.query_sql(node, scope)
        if len(columns) != 1:
            raise SqlError(
                116, "Only one expression can be specified in the select list when the subquery is not introduced "
                "with EXISTS.")
        return Expression(f"({sql})", columns[0].type)

    def _call(self, node: nodes.Call, scope: Scope) -> Expression:
        return self.call(node, scope)
