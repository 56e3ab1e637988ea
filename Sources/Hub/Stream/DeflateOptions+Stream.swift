internal import Actors
internal import WebSocket

extension DeflateOptions {
    /// How the stream's messages are compressed: each by itself, so that a group's frame is compressed once for all who
    /// watch and a session owns nothing (docs/adr/0018, which has the figures behind these).
    static let stream = {
        var options = DeflateOptions()
        options.serverNoContextTakeover = true
        options.clientNoContextTakeover = true
        // What repeats in a list of members is never further back than one of them.
        options.serverMaxWindowBits = 11
        options.leastServerWindowBits = 11
        options.memoryLevel = 5
        // More than one position: a single one gains a fifth, for what delivering it costs.
        options.threshold = 320
        options.exceptedSubprotocols = [Dialect.packed.subprotocol]
        return options
    }()
}
