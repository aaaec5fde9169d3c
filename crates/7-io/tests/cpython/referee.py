"""Runs scripts of stream and process operations on CPython's asyncio: the other side of `../cpython.rs`.

    python3 referee.py       reads scripts, each ended by a line `----`, and answers each with its lines and `----`

A script is a list of lines. Lines `piece HEX`, `end` and `reset` are what the peer is going to do. A line that reads
starts its operation, and while that is pending, the peer does its next thing. If the peer has nothing left to do, the
operation is cancelled. `feed` has the peer do all of it at once.

Invariant: the answer to a script depends only on its text.

Read next: `../cpython.rs`.
"""

import asyncio
import os
import signal
import socket
import struct
import sys

MARK = "----"
EMPTY = "-"


async def settle():
    """Lets the loop see what the peer did, and the tasks answer."""
    for _ in range(8):
        await asyncio.sleep(0)


def shown(data):
    return data.hex() or EMPTY


def bytes_of(text):
    return b"" if text == EMPTY else bytes.fromhex(text)


class Script:
    def __init__(self, lines):
        self.lines = [line.split() for line in lines]
        self.plan = []  # of the peer
        self.said = []
        self.once = False  # whether the peer has ever done all at once
        self.expected = 0  # bytes that the peer has not read

    async def connect(self, limit):
        listener = socket.create_server(("127.0.0.1", 0))
        host, port = listener.getsockname()
        self.reader, self.writer = await asyncio.open_connection(host, port, limit=limit)
        self.peer, _ = listener.accept()
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.close()

    def act(self):
        """The peer does its next thing."""
        verb, *rest = self.plan.pop(0)
        if verb == "piece":
            self.peer.sendall(bytes_of(rest[0]))
        elif verb == "end":
            self.peer.shutdown(socket.SHUT_WR)
        elif verb == "reset":
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.peer.close()

    async def outcome(self, operation, numbered=True):
        """Awaits an operation while the peer acts, and returns what it gave."""
        task = asyncio.ensure_future(operation)
        await settle()
        while not task.done() and self.plan:
            self.act()
            await settle()
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
        try:
            result = task.result()
        except asyncio.CancelledError:
            return "pending"
        except asyncio.IncompleteReadError as error:
            return f"incomplete {shown(error.partial)} of {error.expected or EMPTY}"
        except asyncio.LimitOverrunError as error:
            return overrun(error)
        except ValueError as error:
            return overrun(error.__context__)
        except OSError as error:
            return f"error {error.errno}" if numbered else "lost"
        return "done" if result is None else f"bytes {shown(result)}"

    async def read(self, verb, rest):
        reader = self.reader
        if verb == "readline":
            outcome = await self.outcome(reader.readline())
        elif verb == "readuntil":
            outcome = await self.outcome(reader.readuntil(bytes_of(rest[0])))
        elif verb == "readexactly":
            outcome = await self.outcome(reader.readexactly(int(rest[0])))
        elif verb == "readall":
            outcome = await self.outcome(reader.read())
        else:
            outcome = await self.outcome(reader.read(int(rest[0])))
        at_end = outcome.startswith("incomplete") or outcome == "bytes -" and rest != ("0",)
        if not self.once or at_end:
            outcome += f" at_eof {int(reader.at_eof())}"
        return outcome

    async def heard(self):
        """What the peer reads, until it has all that was written."""
        self.peer.setblocking(False)
        count, total, ended = 0, 0, False
        for _ in range(5000):
            try:
                data = self.peer.recv(1 << 20)
                ended |= not data
                count += len(data)
                total = (total + sum(data)) % 65521
            except BlockingIOError:
                if count >= self.expected:
                    break
            if ended:
                break
            await settle()
        self.peer.setblocking(True)
        self.expected = 0
        return f"heard {count} {total}" + " end" * ended

    async def step(self, verb, *rest):
        if verb in ("piece", "end", "reset"):
            self.plan.append((verb, *rest))
        elif verb == "limit":
            await self.connect(int(rest[0]))
        elif verb == "feed":
            self.once = True
            while self.plan:
                self.act()
            await settle()
        elif verb.startswith("read"):
            self.said.append(await self.read(verb, rest))
        elif verb == "marks":
            self.writer.transport.set_write_buffer_limits(high=int(rest[0]), low=int(rest[1]))
        elif verb == "write":
            data = bytes_of(rest[0]) * int(rest[1])
            self.expected += len(data)
            self.writer.write(data)
        elif verb == "drain":
            self.said.append("drain " + await self.outcome(self.writer.drain(), numbered=False))
        elif verb == "close":
            self.writer.write_eof()
        elif verb == "hear":
            await settle()
            self.said.append(await self.heard())
        else:
            await self.other(verb, *rest)

    async def other(self, verb, *rest):
        """Connections that fail, processes and signals."""
        if verb == "refused":
            with socket.create_server(("127.0.0.1", 0)) as closed:
                port = closed.getsockname()[1]
            self.said.append(await self.outcome(asyncio.open_connection("127.0.0.1", port)))
        elif verb == "taken":
            with socket.create_server(("127.0.0.1", 0)) as other:
                port = other.getsockname()[1]
                self.said.append(await self.outcome(asyncio.start_server(print, "127.0.0.1", port)))
        elif verb == "shell":
            pipe = asyncio.subprocess.PIPE
            line, data = bytes_of(rest[0]).decode(), bytes_of(rest[1]) * int(rest[2])
            child = await asyncio.create_subprocess_shell(line, stdin=pipe, stdout=pipe, stderr=pipe)
            out, err = await child.communicate(data)
            self.said.append(f"status {child.returncode} {len(out)} {shown(out[:40])} {shown(err[:40])}")
        elif verb == "kill":
            pipe = asyncio.subprocess.PIPE
            child = await asyncio.create_subprocess_exec("cat", stdin=pipe, stdout=pipe)
            child.stdin.write(b"x\n")
            line = await child.stdout.readline()
            child.send_signal(int(rest[0]))
            self.said.append(f"after {shown(line)} status {await child.wait()}")
            child.stdin.close()
        elif verb == "program":
            pipe = asyncio.subprocess.PIPE
            try:
                await asyncio.create_subprocess_exec(bytes_of(rest[0]).decode(), stdout=pipe)
            except OSError as error:
                self.said.append(f"error {error.errno}")
        elif verb == "handle":
            number = int(rest[0])
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(number, lambda: self.said.append(f"handled {number}"))
        elif verb == "unhandle":
            removed = asyncio.get_running_loop().remove_signal_handler(int(rest[0]))
            self.said.append(f"removed {int(removed)}")
        elif verb == "raise":
            os.kill(os.getpid(), int(rest[0]))
            await settle()
        else:
            raise SystemExit(f"no such line: {verb}")

    async def run(self):
        for line in self.lines:
            await self.step(*line)
        if hasattr(self, "writer"):
            self.writer.close()
            self.peer.close()
        await settle()
        return self.said


def overrun(error):
    found = int("is found" in error.args[0])
    return f"overrun {error.consumed} found {found}"


def main():
    lines = []
    for line in sys.stdin:
        if line.rstrip("\n") != MARK:
            lines.append(line)
            continue
        said = asyncio.run(Script(lines).run())
        sys.stdout.write("".join(line + "\n" for line in said) + MARK + "\n")
        sys.stdout.flush()
        lines = []


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    asyncio.log.logger.disabled = True
    main()
