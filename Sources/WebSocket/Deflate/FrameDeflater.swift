/// Compresses frames that are sent to many, each once (RFC 7692, 7.2.1): for servers' connections that have agreed to
/// `server_no_context_takeover`, and to no smaller window than the options have.
///
/// Confined to one thread. It takes no memory before the first frame is long enough.
package final class FrameDeflater {
    private let options: DeflateOptions
    private var deflater: Deflater?
    private var output: [UInt8] = []

    package init(_ options: DeflateOptions) { self.options = options }

    /// - Parameter frame: Not compressed yet.
    /// - Returns: The same message compressed; or just the frame, if that is below the threshold or would not get shorter.
    package func deflated(_ frame: PreparedFrame) -> PreparedFrame {
        guard frame.payloadBytes >= max(1, options.threshold) else { return frame }
        let deflater =
            deflater
            ?? Deflater(
                windowBits: options.serverMaxWindowBits, level: options.level, memoryLevel: options.memoryLevel)
        self.deflater = deflater
        output.removeAll(keepingCapacity: true)
        unsafe deflater.deflate(frame.bytes.span.bytes.extracting(droppingFirst: frame.headerBytes), into: &output)
        deflater.reset()
        return output.count < frame.payloadBytes ? PreparedFrame(frame.opcode, deflated: output) : frame
    }
}
