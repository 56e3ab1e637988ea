/// Compresses the messages of a connection (RFC 7692, 7.2.1).
///
/// Owns a context only if messages may refer to earlier ones; else it borrows its loop's for the length of a message, and
/// serves all connections of the loop that agreed to the same.
final class MessageCompressor {
    /// Whether messages may refer to earlier ones, so that it serves one connection alone.
    let keepsContext: Bool
    private let windowBits: Int
    private let level: Int
    private let memoryLevel: Int
    private let threshold: Int
    private let resources: CodecResources
    private var context: Deflater?

    init(_ agreement: DeflateAgreement, options: DeflateOptions, isServer: Bool, resources: CodecResources) {
        windowBits = isServer ? agreement.serverMaxWindowBits : agreement.clientMaxWindowBits
        keepsContext = !(isServer ? agreement.serverNoContextTakeover : agreement.clientNoContextTakeover)
        level = options.level
        memoryLevel = options.memoryLevel
        threshold = max(1, options.threshold)
        self.resources = resources
    }

    /// Whether the other one would do in its place.
    func isInterchangeable(with other: MessageCompressor) -> Bool {
        !keepsContext && !other.keepsContext && windowBits == other.windowBits && level == other.level
            && memoryLevel == other.memoryLevel && threshold == other.threshold
    }

    /// Whether a message of that size is worth compressing.
    func wants(_ byteCount: Int) -> Bool { byteCount >= threshold }

    /// - Returns: nil if the message should go as it is, because compressed it would be longer.
    func compress(_ payload: [UInt8]) -> [UInt8]? {
        let deflater =
            context ?? resources.borrowDeflater(windowBits: windowBits, level: level, memoryLevel: memoryLevel)
        var output: [UInt8] = []
        unsafe deflater.deflate(payload.span.bytes, into: &output)
        if keepsContext {
            // Later messages may refer to this one, so the peer has to see it compressed.
            context = deflater
            return output
        }
        resources.giveBack(deflater)
        return output.count < payload.count ? output : nil
    }
}
