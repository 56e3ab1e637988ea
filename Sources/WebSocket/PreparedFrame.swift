/// A whole message as a server sends it: encoded once, and shared by every connection it goes to.
///
/// A connection that compresses, or a client, which masks, encodes the payload again.
package struct PreparedFrame: Sendable {
    /// The frame: header and payload, unmasked and uncompressed.
    package let bytes: [UInt8]
    let opcode: Opcode
    let headerBytes: Int

    /// - Parameter text: UTF-8; not checked.
    package init(text: [UInt8]) { self.init(.text, text) }

    package init(binary: [UInt8]) { self.init(.binary, binary) }

    /// A frame that was encoded before.
    ///
    /// - Parameter bytes: The ``bytes`` of another frame.
    package init(encoded bytes: [UInt8]) {
        self.bytes = bytes
        opcode = bytes[0] & 0x0F == Opcode.binary.rawValue ? .binary : .text
        headerBytes =
            switch bytes[1] {
            case 127: 10
            case 126: 4
            default: 2
            }
    }

    private init(_ opcode: Opcode, _ payload: [UInt8]) {
        self.opcode = opcode
        bytes = FrameEncoder.frame(opcode, payload)
        headerBytes = bytes.count - payload.count
    }

    var payload: [UInt8] { Array(bytes[headerBytes...]) }
    var payloadBytes: Int { bytes.count - headerBytes }
}
