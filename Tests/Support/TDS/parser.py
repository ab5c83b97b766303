"""Expressions of T-SQL, as far as the bench knows them: tokens become the tree of nodes.py."""

from collections.abc import Callable
from typing import Any

import nodes
from errors import SqlError, syntax
from lexer import Token, tokens
from tsqltypes import Type, named

RESERVED = set(
    """ADD ALL ALTER AND AS ASC BEGIN BETWEEN BY CASE CHECK CLOSE COLLATE COMMIT CONSTRAINT CREATE CROSS DECLARE DEFAULT
    DELETE DESC DISTINCT DROP ELSE END EXCEPT EXEC EXECUTE EXISTS FETCH FOR FOREIGN FROM FULL GO GOTO GROUP HAVING IF IN INDEX
    INNER INSERT INTERSECT INTO IS JOIN KEY LEFT LIKE MERGE NOT NULL OF OFF ON OPTION OR ORDER OUTER OVER PRIMARY PRINT
    PROC REFERENCES RETURN RIGHT ROLLBACK SAVE SELECT SET TABLE THEN TO TOP TRAN TRANSACTION TRUNCATE UNION UNIQUE UPDATE
    USE VALUES VIEW WHEN WHERE WHILE WITH TABLESAMPLE""".split())
COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "!<": ">=", "!>": "<="}


class Parser:
    """A place in a list of tokens; queries.py adds `query`."""

    def __init__(self, sql: str):
        self.sql, self.tokens, self.at = sql, tokens(sql), 0

    # What every rule is made of

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, *words: str) -> bool:
        if self.token.upper != words[0]:
            return False
        return all(self.tokens[min(self.at + i, len(self.tokens) - 1)].upper == word for i, word in enumerate(words))

    def take(self, *words: str) -> bool:
        if not self.peek(*words):
            return False
        self.at += len(words)
        return True

    def take_any(self, *words: str) -> str:
        return self.next().upper if self.token.upper in words else ""

    def next(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def want(self, *words: str) -> None:
        if not self.take(*words):
            raise self.wrong()

    def wrong(self) -> SqlError:
        return syntax(self.token.text or "end of the batch")

    def name(self) -> str:
        if self.token.kind == "quoted" or self.token.kind == "word" and self.token.upper not in RESERVED:
            return self.next().text
        raise self.wrong()

    def names(self) -> list[str]:
        """A name of several parts, of which those between may be left out: `db..t`."""
        parts = [self.name()]
        while self.take("."):
            parts.append("" if self.peek(".") else self.name())
        return parts

    def several(self, rule: Callable[[], Any]) -> list[Any]:
        found = [rule()]
        while self.take(","):
            found.append(rule())
        return found

    def inside(self, rule: Callable[[], Any]) -> list[Any]:
        """What stands in parentheses with commas between."""
        self.want("(")
        found = [] if self.peek(")") else self.several(rule)
        self.want(")")
        return found

    def type(self) -> Type:
        words = self.names()[-1]
        if words.upper() in ("CHAR", "CHARACTER", "BINARY", "NATIONAL") and self.take_any("VARYING"):
            words = "var" + words
        words = "float" if words.upper() == "DOUBLE" and self.take_any("PRECISION") else words
        sizes = []
        if self.take("("):
            sizes = self.several(lambda: -1 if self.take("MAX") else int(self.next().text))
            self.want(")")
        return named(words, sizes)

    # Expressions, from the loosest operator to the tightest

    def condition(self) -> Any:
        left = self._conjunction()
        while self.take("OR"):
            left = nodes.Operation("OR", left, self._conjunction())
        return left

    def _conjunction(self) -> Any:
        left = self._negation()
        while self.take("AND"):
            left = nodes.Operation("AND", left, self._negation())
        return left

    def _negation(self) -> Any:
        return nodes.Operation("NOT", self._negation()) if self.take("NOT") else self._comparison()

    def _comparison(self) -> Any:
        if self.take("EXISTS"):
            self.want("(")
            query = self.query()
            self.want(")")
            return nodes.Predicate("exists", None, [query])
        left = self.expression()
        while True:
            if self.token.upper in COMPARISONS:
                left = nodes.Operation(COMPARISONS[self.next().upper], left, self.expression())
            elif self.take("IS"):
                negated = self.take("NOT")
                self.want("NULL")
                left = nodes.Predicate("null", left, [], negated)
            else:
                before = self.at
                negated = self.take("NOT")
                if self.take("IN"):
                    self.want("(")
                    others = [self.query()] if self.peek("SELECT") or self.peek("WITH") else self.several(
                        self.expression)
                    self.want(")")
                    left = nodes.Predicate("in", left, others, negated)
                elif self.take("LIKE"):
                    others = [self.expression()]
                    others += [self.expression()] if self.take("ESCAPE") else []
                    left = nodes.Predicate("like", left, others, negated)
                elif self.take("BETWEEN"):
                    low = self.expression()
                    self.want("AND")
                    left = nodes.Predicate("between", left, [low, self.expression()], negated)
                else:
                    self.at = before
                    return left

    def expression(self) -> Any:
        left = self._product()
        while op := self.take_any("+", "-", "&", "|", "^"):
            left = nodes.Operation(op, left, self._product())
        return left

    def _product(self) -> Any:
        left = self._signed()
        while op := self.take_any("*", "/", "%"):
            left = nodes.Operation(op, left, self._signed())
        return left

    def _signed(self) -> Any:
        if op := self.take_any("-", "+", "~"):
            return nodes.Operation("neg" if op == "-" else op, self._signed())
        return self._suffixes(self._atom())

    def _suffixes(self, value: Any) -> Any:
        while True:
            if self.take("COLLATE"):
                value = nodes.Collate(value, self.name())
            elif self.take("AT", "TIME", "ZONE"):
                value = nodes.Zone(value, self._atom())
            elif self.peek(".") and self.tokens[self.at + 2].text == "(":
                self.at += 1
                method = self.next().text
                value = nodes.Call(method, self.inside(self.expression), value=value)
            else:
                return value

    def _atom(self) -> Any:
        token = self.token
        if token.kind in ("int", "decimal", "float", "money", "string", "nstring", "binary"):
            self.at += 1
            return nodes.Literal(token.kind, token.text)
        if token.kind == "variable":
            self.at += 1
            return nodes.Variable(token.text)
        if self.take("NULL") or self.take("DEFAULT"):
            return nodes.Literal(token.upper.lower())
        if self.take("("):
            value = self.query() if self.peek("SELECT") or self.peek("WITH") else self.condition()
            self.want(")")
            return value
        if self.take("CASE"):
            return self._case()
        if token.upper in ("LEFT", "RIGHT") and self.tokens[self.at + 1].text == "(":
            self.at += 1
            return self._call(token.text)
        parts = [self.name()]
        if self.take("::"):
            return nodes.Call(self.next().text, self.inside(self.expression), of=parts[0])
        while self.peek("."):
            if self.tokens[self.at + 1].upper == "*":
                self.at += 2
                return nodes.Name([*parts, "*"])
            if self.tokens[self.at + 1].text == "STSrid" and self.tokens[self.at + 2].text != "(":
                # A property, which has no parentheses.
                self.at += 2
                return nodes.Call("STSrid", [], value=nodes.Name(parts))
            if self.tokens[self.at + 2].text == "(" and self.tokens[self.at + 1].text[:2] in ("ST", "To", "Se", "va", "As"):
                return nodes.Name(parts)
            self.at += 1
            parts.append("" if self.peek(".") else self.name())
        if self.peek("(") and token.kind == "word":
            return self._call(parts[-1])
        return nodes.Name(parts)

    def _case(self) -> nodes.Case:
        operand = None if self.peek("WHEN") else self.expression()
        whens = []
        while self.take("WHEN"):
            tested = self.condition() if operand is None else self.expression()
            self.want("THEN")
            whens.append((tested, self.expression()))
        otherwise = self.expression() if self.take("ELSE") else None
        self.want("END")
        return nodes.Case(operand, whens, otherwise)

    def _call(self, name: str) -> Any:
        upper = name.upper()
        self.want("(")
        if upper in ("CAST", "TRY_CAST"):
            value = self.expression()
            self.want("AS")
            made = nodes.Cast(value, self.type(), None, upper == "TRY_CAST")
            self.want(")")
            return made
        if upper in ("CONVERT", "TRY_CONVERT"):
            to = self.type()
            self.want(",")
            value = self.expression()
            style = self.expression() if self.take(",") else None
            self.want(")")
            return nodes.Cast(value, to, style, upper == "TRY_CONVERT")
        call = nodes.Call(upper, [], distinct=self.take("DISTINCT"), star=self.take("*"))
        if not self.peek(")"):
            call.arguments = self.several(self.condition)
        self.want(")")
        if self.take("OVER"):
            call.over = self._over()
        return call

    def _over(self) -> nodes.Over:
        self.want("(")
        over = nodes.Over([], [])
        if self.take("PARTITION", "BY"):
            over.partition = self.several(self.expression)
        if self.take("ORDER", "BY"):
            over.order = self.several(self.ordered)
        start = self.token.start
        while not self.peek(")"):
            self.next()
        over.frame = self.sql[start:self.token.start]
        self.want(")")
        return over

    def ordered(self) -> tuple[Any, bool]:
        value = self.expression()
        return value, self.take_any("ASC", "DESC") == "DESC"

    def skip(self) -> None:
        """Passes over what stands in parentheses, whatever it is."""
        self.want("(")
        depth = 1
        while depth:
            if self.token.kind == "end":
                raise self.wrong()
            text = self.next().upper
            depth += {"(": 1, ")": -1}.get(text, 0)
