"""Runs scenarios on CPython's asyncio and prints their traces: the referee's side of the parity check.

    python3 interpret.py FILE...     prints every scenario of the files with its trace
    python3 interpret.py --stdin     reads programs, each ended by a line `----`, and answers each with its trace and `----`
    --hops                           counts iterations from the clock's last jump, not from the start of the run

Invariants: the answer to a program depends only on the text of the program. The answer to a program that cannot be
read is one line that begins with `mistake`.

Read next: README.md, then the scenarios.
"""

import gc
import sys
import warnings

import script
from run import Run

MARK = "----"


def answer(text, hops):
    """Returns the traces of all scenarios in `text`."""
    lines = []
    for scenario in script.read(text):
        lines.append(f"scenario {scenario.name}")
        lines.extend(Run(scenario, hops).trace())
        lines.append("")
    return "".join(line + "\n" for line in lines)


def serve(hops):
    """Answers the programs on stdin one by one, until stdin ends."""
    program = []
    for line in sys.stdin:
        if line.rstrip("\n") != MARK:
            program.append(line)
            continue
        try:
            text = answer("".join(program), hops)
        except script.Mistake as mistake:
            text = f"mistake {mistake}\n"
        sys.stdout.write(text + MARK + "\n")
        sys.stdout.flush()
        program = []
        gc.collect()  # so that no finalizer of this program runs during the next one


def main(arguments):
    warnings.simplefilter("ignore")  # a coroutine that is cancelled before its start is never awaited
    sys.unraisablehook = lambda unraisable: None  # from bodies that are suspended when their loop is gone
    hops = "--hops" in arguments
    files = [name for name in arguments if name not in ("--hops", "--stdin")]
    if "--stdin" in arguments:
        gc.freeze()
        gc.disable()
        serve(hops)
        return 0
    if not files:
        print(__doc__, file=sys.stderr)
        return 2
    for name in files:
        try:
            with open(name, encoding="utf-8") as file:
                sys.stdout.write(answer(file.read(), hops))
        except (OSError, script.Mistake) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
