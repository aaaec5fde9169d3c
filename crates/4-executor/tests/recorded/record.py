"""Writes NAME.trace beside every NAME.py here: what CPython's own loop does with it, on a clock that never waits.

    python3 record.py

Recorded with CPython 3.13. In a script, `say(...)` writes one line: the time in seconds, the iteration of the
loop since the run began, and the words. The loop is that of the parity check.
"""
import asyncio
import pathlib
import runpy
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[3] / "parity"))
from vloop import VirtualLoop  # noqa: E402


def record(script):
    lines = []

    def say(*words):
        text = " ".join(str(word) for word in words)
        lines.append(f"{loop.time():.3f} {loop.iteration:4d}  {text}")

    program = runpy.run_path(str(script), init_globals={"say": say, "asyncio": asyncio})
    loop = VirtualLoop()
    try:
        loop.run_until_complete(program["main"]())
    finally:
        loop.close()
    return "\n".join(lines) + "\n"


for script in sorted(HERE.glob("*.py")):
    if script.name != "record.py":
        script.with_suffix(".trace").write_text(record(script))
