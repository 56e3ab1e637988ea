/// What an endpoint wants of permessage-deflate (RFC 7692).
///
/// A kept context costs a connection about 300 KB (256 KB to write, 40 KB to read); without, it costs nothing between
/// messages. The defaults keep both, which compresses best.
package struct DeflateOptions: Equatable, Sendable {
    /// Whether the server's messages are compressed each by itself.
    package var serverNoContextTakeover = false
    /// Whether the client's messages are compressed each by itself.
    package var clientNoContextTakeover = false
    /// The base-2 logarithm of the server's window, 8…15.
    package var serverMaxWindowBits = 15
    /// The base-2 logarithm of the client's window, 8…15.
    package var clientMaxWindowBits = 15
    /// zlib's level, 1 (fast) … 9 (small).
    package var level = 6
    /// Messages of fewer bytes are sent as they are.
    package var threshold = 128

    package init() {}
}
