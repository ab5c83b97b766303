"""Aggregates and ranks of T-SQL, with the types that they have."""

import nodes
from conversions import Expression, convert, key
from errors import SqlError
from scopes import Scope
from tsqltypes import BIGINT, FLOAT, INT, Type, as_decimal, text

RANKS = {"ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE"}
AGGREGATES = {"COUNT", "COUNT_BIG", "MIN", "MAX", "SUM", "AVG", "STRING_AGG"}


class Aggregates:
    """Needs `expression`."""

    def over(self, node: nodes.Call, scope: Scope) -> str:
        if node.over is None:
            return ""
        parts = []
        if node.over.partition:
            parts.append("PARTITION BY " + ", ".join(key(self.expression(one, scope)) for one in node.over.partition))
        if node.over.order:
            parts.append("ORDER BY " + ", ".join(
                self.order_sql(self.expression(one, scope), down) for one, down in node.over.order))
        return f" OVER ({' '.join([*parts, node.over.frame])})"

    @staticmethod
    def order_sql(value: Expression, down: bool) -> str:
        """NULL is the lowest value."""
        return key(value) + (" DESC NULLS LAST" if down else " ASC NULLS FIRST")

    def _aggregate(self, node: nodes.Call, scope: Scope) -> Expression:
        over, name = self.over(node, scope), node.name
        if node.star:
            return Expression(f"CAST(count(*){over} AS {'INTEGER' if name == 'COUNT' else 'BIGINT'})",
                              INT if name == "COUNT" else BIGINT, False)
        groups, scope.groups = scope.groups, {}
        value = self.expression(node.arguments[0], scope)
        others = [self.expression(one, scope) for one in node.arguments[1:]]
        scope.groups = groups
        each = "DISTINCT " if node.distinct else ""
        if name in ("COUNT", "COUNT_BIG"):
            kind = INT if name == "COUNT" else BIGINT
            return Expression(f"CAST(count({each}{key(value)}){over} AS {kind.duckdb})", kind, False)
        if name in ("MIN", "MAX"):
            compared = key(value)
            sql = f"{name.lower()}({value.sql})" if compared == value.sql else f"arg_{name.lower()}({value.sql}, {compared})"
            return Expression(sql + over, value.type)
        if name == "STRING_AGG":
            joined = convert(value, text("nvarchar" if value.type.is_wide else "varchar", -1))
            return Expression(f"string_agg({joined.sql}, {others[0].sql}){over}", joined.type)
        kind = value.type
        if kind.family == "int":
            target = BIGINT if kind.name == "bigint" else INT
            if name == "SUM":
                return Expression(f"CAST(sum({each}{value.sql}){over} AS {target.duckdb})", target)
            return Expression(f"CAST(trunc(sum({each}{value.sql}){over} / count({each}{value.sql}){over}) AS "
                              f"{target.duckdb})", target)
        if kind.family == "decimal":
            scale = kind.scale if name == "SUM" else max(6, kind.scale)
            target = Type("money") if "money" in kind.name else Type("decimal", precision=38, scale=scale)
            wide = convert(value, as_decimal(kind))
            return Expression(f"CAST({name.lower()}({each}{wide.sql}){over} AS {target.duckdb})", target)
        if kind.family == "float":
            return Expression(f"{name.lower()}({each}{value.sql}){over}", FLOAT)
        raise SqlError(8117, f"Operand data type {kind.name} is invalid for {name.lower()} operator.")

    def _ranked(self, node: nodes.Call, scope: Scope) -> Expression:
        arguments = [self.expression(one, scope) for one in node.arguments]
        given = ", ".join(one.sql for one in arguments)
        kind = arguments[0].type if node.name in ("LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE") else BIGINT
        return Expression(f"{node.name.lower()}({given}){self.over(node, scope)}", kind, kind != BIGINT)
