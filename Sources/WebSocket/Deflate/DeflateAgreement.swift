/// The parameters of permessage-deflate both sides agreed on (RFC 7692, 7.1).
package struct DeflateAgreement: Equatable, Sendable {
    static let extensionName = "permessage-deflate"

    package var serverNoContextTakeover = false
    package var clientNoContextTakeover = false
    /// 8…15.
    package var serverMaxWindowBits = 15
    /// 8…15.
    package var clientMaxWindowBits = 15

    package init() {}

    /// How the frames of a client or of a server are read.
    func reading(from peer: FrameParser.Peer) -> InflateSettings {
        switch peer {
        case .client: InflateSettings(windowBits: clientMaxWindowBits, keepsContext: !clientNoContextTakeover)
        case .server: InflateSettings(windowBits: serverMaxWindowBits, keepsContext: !serverNoContextTakeover)
        }
    }
}
