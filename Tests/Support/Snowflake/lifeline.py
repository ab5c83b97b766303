"""What the bench's processes share: they announce their port on stdout and end with the process that wants them."""

import json
import os
import select
import sys
import threading
from collections.abc import Callable


def announce(facts: dict[str, object]) -> None:
    """Tells whoever started this process that it listens: one line of JSON on stdout, then nothing more."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def end_with(pid: int, clear: Callable[[], None] = lambda: None) -> None:
    """Ends this process as soon as process `pid` is gone, so that nothing is left when a test run is killed."""
    descriptor = os.pidfd_open(pid)

    def watch() -> None:
        select.select([descriptor], [], [])
        clear()
        os._exit(0)

    threading.Thread(target=watch, daemon=True, name="lifeline").start()
