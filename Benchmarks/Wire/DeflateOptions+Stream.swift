import WebSocket

extension DeflateOptions {
    /// As the hub's own, which stand in its `DeflateOptions+Stream.swift`.
    static let stream = {
        var options = DeflateOptions()
        options.serverMaxWindowBits = 11
        options.memoryLevel = 5
        options.threshold = 320
        return options
    }()
}
