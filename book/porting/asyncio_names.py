"""Prints every public name of asyncio, one a line: what the table of porting.md must have."""

import asyncio
import asyncio.subprocess

CLASSES = [
    asyncio.AbstractEventLoop, asyncio.Runner, asyncio.Handle, asyncio.TimerHandle,
    asyncio.Future, asyncio.Task, asyncio.TaskGroup, asyncio.Timeout,
    asyncio.Lock, asyncio.Event, asyncio.Condition, asyncio.Semaphore, asyncio.Barrier,
    asyncio.Queue, asyncio.StreamReader, asyncio.StreamWriter, asyncio.Server,
    asyncio.subprocess.Process,
    asyncio.BaseTransport, asyncio.ReadTransport, asyncio.WriteTransport,
    asyncio.DatagramTransport, asyncio.SubprocessTransport,
    asyncio.BaseProtocol, asyncio.Protocol, asyncio.BufferedProtocol,
    asyncio.DatagramProtocol, asyncio.SubprocessProtocol,
    asyncio.AbstractEventLoopPolicy, asyncio.AbstractChildWatcher,
]
SHORT = {"AbstractEventLoop": "loop"}

names = {name for name in asyncio.__all__ if not name.startswith("_")}
for owner in CLASSES:
    inherited = {name for base in owner.__mro__[1:] for name in vars(base)}
    own = {name for name in dir(owner) if not name.startswith("_")}
    if owner in (asyncio.Server, asyncio.Task, asyncio.Future):
        inherited -= set(dir(asyncio.AbstractServer)) if owner is asyncio.Server else set()
    if owner is asyncio.Task:
        inherited = set(dir(asyncio.Future))
    prefix = SHORT.get(owner.__name__, owner.__name__)
    names |= {f"{prefix}.{name}" for name in own - inherited}
for name in ("communicate", "kill", "returncode", "send_signal", "terminate", "wait",
             "pid", "stdin", "stdout", "stderr"):
    names.add(f"Process.{name}")
print("\n".join(sorted(names)))
