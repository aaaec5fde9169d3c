"""Runs scenarios on CPython's asyncio and prints their traces: the referee's side of the parity check.

    python3 interpret.py FILE...     prints every scenario of the files with its trace
    python3 interpret.py --stdin     answers each program, ended by a line `----`, with its trace and `----`
    --hops                           counts iterations from the clock's last jump, not from the start of the run

Invariants: the answer to a program depends on its text alone; a program that cannot be read is answered by one line
that begins with `mistake`.

Read next: README.md, then the scenarios.
"""

import gc
import sys
import warnings

import script
from run import Run

MARK = "----"


def answer(text, hops):
    """The traces of all scenarios of a text."""
    lines = []
    for scenario in script.read(text):
        lines.append(f"scenario {scenario.name}")
        lines.extend(Run(scenario, hops).trace())
        lines.append("")
    return "".join(line + "\n" for line in lines)


def serve(hops):
    """Answers programs on stdin one by one, until it ends."""
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
        gc.collect()  # what is left of a program must not wake up in the next


def main(arguments):
    warnings.simplefilter("ignore")  # a coroutine that was cancelled before its start is no mistake here
    sys.unraisablehook = lambda unraisable: None  # bodies that are still suspended when their loop is gone
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
