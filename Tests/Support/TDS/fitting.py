"""Texts and binaries in the lengths that types give them."""

import collations
from errors import SqlError
from tsqltypes import Type


def fitted(given: str, to: Type, assign: bool) -> str:
    """What ``fit`` and the code page make of a literal."""
    codec = "utf-16-le" if to.is_wide else collations.find(to.collation).codec
    if not to.is_wide:
        given = given.encode(codec, "replace").decode(codec, "replace")
    if to.length < 0:
        return given
    room = to.length * (2 if to.is_wide else 1)
    if assign and len(given.rstrip(" ").encode(codec, "surrogatepass")) > room:
        raise SqlError(2628, "String or binary data would be truncated.")
    cut = given.encode(codec, "surrogatepass")[:room].decode(codec, "ignore")
    return cut.ljust(to.length) if to.is_fixed else cut


def fit(sql: str, to: Type, assign: bool) -> str:
    """Into the length of a text or a binary: cut when it is cast, refused when it is assigned."""
    if to.length < 0 or to.name == "xml":
        return sql
    if to.family == "binary":
        if assign and to.name != "timestamp":
            sql = (f"CASE WHEN octet_length({sql}) > {to.length} THEN tds_fail(2628, 'String or binary data would be "
                   f"truncated.') ELSE {sql} END")
        else:
            sql = f"tds_cut({sql}, {to.length})"
        return f"tds_pad({sql}, {to.length})" if to.name == "binary" else sql
    if assign:
        length = f"tds_units(rtrim({sql}))" if to.is_wide else f"length(rtrim({sql}))"
        if not to.is_wide and collations.find(to.collation).codec == "utf-8":
            length = f"strlen(rtrim({sql}))"
        sql = (f"CASE WHEN {length} > {to.length} THEN tds_fail(2628, 'String or binary data would be truncated.') "
               f"ELSE {sql} END")
    if to.is_fixed:
        return f"rpad({sql}, {to.length}, ' ')"
    return f"substr({sql}, 1, {to.length})"
