"""Collations: their five bytes on the wire, their code pages, and a model of how they compare.

MS-TDS, "Collation Rule Definition": 20 bits of locale, then the flags, the version in the highest four, and a sort id.
"""

from dataclasses import dataclass

from errors import SqlError


@dataclass(frozen=True, slots=True)
class Collation:
    """`codec` is the one of char and varchar; `kind` is `ci`, `cs`, `ai` or `bin`."""

    bits: int
    sort: int
    codec: str
    kind: str

    @property
    def wire(self) -> bytes:
        return self.bits.to_bytes(4, "little") + bytes([self.sort])


#: Beginning of a collation's name, its locale and code page.
LOCALES = {
    "latin1_general": (0x0409, "cp1252"), "cyrillic_general": (0x0419, "cp1251"), "greek": (0x0408, "cp1253"),
    "japanese": (0x0411, "cp932"), "polish": (0x0415, "cp1250"), "turkish": (0x041F, "cp1254"),
    "chinese_prc": (0x0804, "cp936"), "hebrew": (0x040D, "cp1255")}
SQL_COLLATIONS = {
    "sql_latin1_general_cp1_ci_as": Collation(0x00D00409, 52, "cp1252", "ci"),
    "sql_latin1_general_cp1_cs_as": Collation(0x00C00409, 51, "cp1252", "cs"),
    "sql_latin1_general_cp1_ci_ai": Collation(0x00F00409, 54, "cp1252", "ai")}
IGNORE_CASE, IGNORE_ACCENT, IGNORE_WIDTH, BINARY, BINARY2, UTF8 = (1 << bit for bit in (20, 21, 22, 24, 25, 26))
IGNORE_KANA = 1 << 23
#: Punctuation that stands behind digits in ASCII and before them in a dictionary.
LATE = ":;<=>?@[\\]^_`{|}~"
_known: dict[str, Collation] = {}


def find(name: str) -> Collation:
    lower = name.lower() if name.lower() != "database_default" else "sql_latin1_general_cp1_ci_as"
    if lower in SQL_COLLATIONS:
        return SQL_COLLATIONS[lower]
    if lower not in _known:
        _known[lower] = _parse(lower, name)
    return _known[lower]


def _parse(lower: str, name: str) -> Collation:
    for prefix, (locale, codec) in LOCALES.items():
        if lower.startswith(prefix + "_"):
            parts = lower[len(prefix) + 1:].split("_")
            bits = locale | {"90": 1 << 28, "100": 2 << 28, "140": 3 << 28}.get(parts[0], 0)
            if "utf8" in parts:
                bits, codec = bits | UTF8, "utf-8"
            if "bin2" in parts or "bin" in parts:
                return Collation(bits | (BINARY2 if "bin2" in parts else BINARY), 0, codec, "bin")
            bits |= IGNORE_CASE * ("ci" in parts) | IGNORE_ACCENT * ("ai" in parts)
            bits |= IGNORE_WIDTH * ("ws" not in parts) | IGNORE_KANA * ("ks" not in parts)
            return Collation(bits, 0, codec, "ai" if "ai" in parts else "ci" if "ci" in parts else "cs")
    raise SqlError(448, f"Invalid collation '{name}'.", 15)


def key(sql: str, name: str, wide: bool) -> str:
    """What DuckDB compares instead of a text: equal for texts that are equal, in the order of the collation.

    Trailing spaces never count. Dictionary order is base letters first, then accents, then (if it counts) case.
    """
    collation = find(name)
    if collation.kind == "bin":
        if wide:
            # UTF-16 units: what lies beyond the first plane stands before U+E000 to U+FFFF.
            return f"regexp_replace(rtrim({sql}), '([\\x{{E000}}-\\x{{FFFF}}])', chr(1114111) || '\\1', 'g')"
        return f"rtrim({sql})" if collation.codec != "cp1252" else f"rtrim({sql})"
    late = "'" + LATE.replace("'", "''") + "'"
    early = "chr(2)" + "".join(f"||chr({number})" for number in range(3, 2 + len(LATE)))
    base = f"translate(lower(rtrim({sql})), {late}, {early})"
    parts = [f"strip_accents({base})"]
    if collation.kind != "ai":
        parts.append(base)
    if collation.kind == "cs":
        # Small letters come before capitals.
        parts.append(f"replace(hex(encode(rtrim({sql}))), '', '')")
    return "||chr(1)||".join(parts)
