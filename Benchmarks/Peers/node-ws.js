// node + ws: every message goes to the other members of the group that the path names; with ECHO=1 to its sender too.
//   PORT=… [ECHO=1] node node-ws.js
const { WebSocketServer } = require("ws");

const echo = process.env.ECHO === "1";
const groups = new Map();
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.env.PORT),
  perMessageDeflate: false,
  backlog: 4096,
});

server.on("connection", (socket, request) => {
  let group = groups.get(request.url);
  if (!group) groups.set(request.url, (group = new Set()));
  group.add(socket);
  socket.on("message", (data) => {
    for (const other of group) {
      if (echo || other !== socket) other.send(data, { binary: false });
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => group.delete(socket));
});
