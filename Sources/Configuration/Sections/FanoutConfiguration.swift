/// `[fanout]`: how live state goes out.
package struct FanoutConfiguration: Equatable, Sendable {
    /// Zero sends every change at once.
    package var tick = Duration.milliseconds(100)
    /// Bytes one session may have waiting before state is conflated, and logs close it.
    package var outboundBytes = 1_048_576
    /// Items one loop may have waiting for another.
    package var mailboxItems = 65_536

    /// Whether permessage-deflate is negotiated with a client that asks for it.
    package var deflate = true

    package init() {}
}
