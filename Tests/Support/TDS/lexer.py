"""Tokens of T-SQL."""

import re
from dataclasses import dataclass

from errors import SqlError

PATTERN = re.compile(
    r"""(?P<space>\s+|--[^\n]*)
    |(?P<comment>/\*)
    |(?P<nstring>[nN]'(?:[^']|'')*')|(?P<string>'(?:[^']|'')*')
    |(?P<quoted>\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*")
    |(?P<binary>0[xX][0-9a-fA-F]*)
    |(?P<float>(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+)|(?P<decimal>\d+\.\d*|\.\d+)|(?P<int>\d+)
    |(?P<money>\$\d+(?:\.\d*)?)
    |(?P<variable>@@?[\w$#]+)|(?P<word>[^\W\d][\w$@]*|\#+[\w$@]+|\$\w+)
    |(?P<op><>|!=|<=|>=|!<|!>|\+=|-=|::|[-+*/%&|^~=<>(),.;])""", re.VERBOSE)


@dataclass(slots=True)
class Token:
    """`kind` is the group that matched, or `end`; `text` of a string, a binary or a quoted name is its value.

    `upper` is a word in capitals or an operator, and nothing for what cannot be a keyword.
    """

    kind: str
    text: str
    start: int
    end: int
    line: int
    upper: str


def _comment_end(sql: str, at: int) -> int:
    depth = 0
    for found in re.compile(r"/\*|\*/").finditer(sql, at):
        depth += 1 if found[0] == "/*" else -1
        if depth == 0:
            return found.end()
    raise SqlError(113, "Missing end comment mark '*/'.", 15)


def tokens(sql: str) -> list[Token]:
    result, at, line = [], 0, 1
    while at < len(sql):
        found = PATTERN.match(sql, at)
        if not found:
            if sql[at] in "'\"[":
                raise SqlError(105, "Unclosed quotation mark after the character string.", 15)
            raise SqlError(102, f"Incorrect syntax near '{sql[at]}'.", 15)
        kind, text, end = found.lastgroup, found[0], found.end()
        if kind == "comment":
            end = _comment_end(sql, at)
        elif kind != "space":
            if kind == "nstring":
                text = text[2:-1].replace("''", "'")
            elif kind == "string":
                text = text[1:-1].replace("''", "'")
            elif kind == "quoted":
                text = text[1:-1].replace(text[-1] * 2, text[-1])
            elif kind == "binary":
                text = text[2:]
            elif kind == "money":
                text = text[1:]
            result.append(Token(kind, text, at, end, line, text.upper() if kind in ("word", "op") else ""))
        line += sql.count("\n", at, end)
        at = end
    result.append(Token("end", "", at, at, line, ""))
    return result
