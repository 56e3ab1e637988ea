/// A whole message as a server sends it: encoded once, and shared by every connection it goes to.
///
/// A connection that compresses in a context of its own, or a client, which masks, encodes the payload again.
package struct PreparedFrame: Sendable {
    /// The frame: header and payload, unmasked.
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

    /// - Parameter payload: Compressed, in reference to no other message.
    init(_ opcode: Opcode, deflated payload: [UInt8]) { self.init(opcode, payload, isCompressed: true) }

    private init(_ opcode: Opcode, _ payload: [UInt8], isCompressed: Bool = false) {
        self.opcode = opcode
        bytes = FrameEncoder.frame(opcode, payload, isCompressed: isCompressed)
        headerBytes = bytes.count - payload.count
    }

    /// Whether the payload is compressed, see ``FrameDeflater``.
    package var isCompressed: Bool { bytes[0] & 0x40 != 0 }

    var payload: [UInt8] { Array(bytes[headerBytes...]) }
    var payloadBytes: Int { bytes.count - headerBytes }
}
