"""uvicorn (with websockets and uvloop): every message goes to the other members of the group that the path names; with
ECHO=1 to its sender too. A bare ASGI application, without a framework's own cost.

    ECHO=1 uvicorn --port … --ws websockets uvicorn_app:app
"""

import os

ECHO = os.environ.get("ECHO") == "1"
groups = {}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    group = groups.setdefault(scope["path"], {})
    group[id(send)] = send
    try:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            out = {"type": "websocket.send", "text": message["text"]}
            for key, other in list(group.items()):
                if ECHO or key != id(send):
                    try:
                        await other(out)
                    except Exception:  # it is just going away
                        group.pop(key, None)
    finally:
        group.pop(id(send), None)
