"""Values of CLR types: points of geometry and geography, paths of hierarchyid; their bytes are the server's own.

Formats: MS-SSCLRT, "CLR UDTs": a single point has version 1 and properties 0x0C (single point, valid); geography keeps
the latitude first.
"""

import re
import struct

from errors import SqlError

#: Prefix, bits of the number behind it, lowest number: the ranges of hierarchyid that the bench knows.
RANGES = [("01", 2, 0), ("100", 2, 4), ("101", 3, 8)]


def parse(kind: str, method: str, arguments: list[str]) -> bytes:
    name = method.lower()
    if kind == "hierarchyid":
        return hierarchy("/" if name == "getroot" else arguments[0])
    if name == "point":
        return point(int(arguments[2]), float(arguments[0]), float(arguments[1]))
    found = re.fullmatch(r"\s*POINT\s*\(\s*(\S+)\s+(\S+)\s*\)\s*", arguments[0], re.IGNORECASE)
    if not found:
        raise SqlError(6522, "A .NET Framework error occurred: the bench knows points alone.")
    srid = int(arguments[1]) if len(arguments) > 1 else 4326 if kind == "geography" else 0
    x, y = float(found[1]), float(found[2])
    return point(srid, y, x) if kind == "geography" else point(srid, x, y)


def point(srid: int, first: float, second: float) -> bytes:
    return struct.pack("<iBBdd", srid, 1, 0x0C, first, second)


def hierarchy(path: str) -> bytes:
    """Each number is a prefix, its bits and a 1; the whole is filled with zeros to bytes."""
    bits = ""
    for part in path.strip("/").split("/"):
        if not part:
            continue
        number = int(part)
        prefix, width, low = next((one for one in reversed(RANGES) if number >= one[2]), RANGES[0])
        if number >= low + (1 << width):
            raise SqlError(6522, "A .NET Framework error occurred: the bench knows numbers up to 15 in a hierarchyid.")
        bits += prefix + f"{number - low:0{width}b}" + "1"
    bits += "0" * (-len(bits) % 8)
    return int(bits or "0", 2).to_bytes(len(bits) // 8, "big")
