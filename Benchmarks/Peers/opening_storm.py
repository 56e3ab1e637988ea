#!/usr/bin/env python3
"""Opens streams of watchers, so many a second, each for as long as it takes to be greeted: opening_storm.py PORT RATE.
The API key is HUB_KEY in the environment. Ends with an error as soon as one fails."""

import asyncio
import os
import signal
import sys


async def open_stream(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        (
            f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-API-Key: {os.environ['HUB_KEY']}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: presence.v1\r\n\r\n"
        ).encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101"):
        raise RuntimeError(head.split(b"\r\n")[0].decode())
    await reader.readuntil(b"}")
    writer.close()


async def main(port, rate):
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    running, due = set(), loop.time()
    while not ended.is_set():
        due += 1 / rate
        await asyncio.sleep(max(0, due - loop.time()))
        # One that falls behind skips what it owes.
        due = max(due, loop.time() - 0.1)
        if len(running) < 500:
            running.add(asyncio.ensure_future(open_stream(port)))
        for task in [task for task in running if task.done()]:
            running.remove(task)
            task.result()
    for task in running:
        task.cancel()


asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
