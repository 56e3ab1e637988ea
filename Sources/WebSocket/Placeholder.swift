// The module WebSocket begins here.
