"""Dates and times as whole numbers of 100 ns, and their text."""

import datetime
import re

from errors import SqlError

SECOND = 10_000_000
DAY = 86_400 * SECOND
#: Days from 0001-01-01 to 1900-01-01, where datetime and smalldatetime count from.
EPOCH = datetime.date(1900, 1, 1).toordinal() - 1
MOMENT = re.compile(
    r"\s*(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d\d)(\d\d))?(?:(?:^|T|\s+|(?<=\d))(\d{1,2}):(\d\d)(?::(\d\d)(?:[.:](\d+))?)?)?"
    r"\s*(?:(Z)|([+-])(\d\d):(\d\d))?\s*")


class Moment:
    """Ticks since the year 1 by the local clock, ticks since midnight, minutes east of UTC."""

    def __init__(self, text: str):
        found = MOMENT.fullmatch(text)
        if not found:
            raise SqlError(241, "Conversion failed when converting date and/or time from character string.")
        year, month, day = (
            int(part) for part in (found[1] or found[4] or 1900, found[2] or found[5] or 1, found[3] or found[6] or 1))
        hour, minute, second = (int(part or 0) for part in found.group(7, 8, 9))
        fraction = (found[10] or "").ljust(8, "0")[:8]
        try:
            date = datetime.date(year, month, day).toordinal() - 1
            datetime.time(hour, minute, second)
        except ValueError:
            raise SqlError(
                242, "The conversion of a character string to a date or time is out of range.", state=3) from None
        # The eighth digit rounds.
        self.time = ((hour * 60 + minute) * 60 + second) * SECOND + (int(fraction) + 5) // 10
        self.moment = date * DAY + self.time
        self.offset = 0 if not found[12] else (1 if found[12] == "+" else -1) * (int(found[13]) * 60 + int(found[14]))


def rounded(ticks: int, scale: int) -> int:
    """To so many digits of a second, halves up."""
    unit = 10 ** (7 - scale)
    return (ticks + unit // 2) // unit * unit


def as_datetime(ticks: int) -> int:
    """To the 1/300 second that a datetime has, as ticks."""
    days, rest = divmod(ticks, DAY)
    return days * DAY + ticks_of_three_hundredths((rest * 3 + 50_000) // 100_000)


def ticks_of_three_hundredths(count: int) -> int:
    return (count * 100_000 + 1) // 3


def three_hundredths(ticks: int) -> int:
    return (ticks % DAY * 3 + 50_000) // 100_000


def zoned(ticks: int, offset: int) -> int:
    return ticks * 4096 + offset + 2048


def unzoned(value: int) -> tuple[int, int]:
    """UTC and minutes of offset."""
    return value // 4096, value % 4096 - 2048


def date_text(ticks: int) -> str:
    return datetime.date.fromordinal(ticks // DAY + 1).isoformat()


def time_text(ticks: int, scale: int) -> str:
    second, fraction = divmod(ticks % DAY, SECOND)
    whole = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return whole + ("." + f"{fraction:07}"[:scale] if scale else "")


def offset_text(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
