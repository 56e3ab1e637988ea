/// How much a client may put into one message, apart from the rules for fixes. The defaults are the protocol's.
package struct MessageLimits: Hashable, Sendable {
    /// Fixes in `locations` and in a batch. Default 50.
    package var fixesPerBatch = 50
    /// Unicode scalars in the `note` of a presence. Default 140.
    package var noteLength = 140
    /// Conversations in one `sync`. Default 100.
    package var conversationsPerSync = 100
    /// Unicode scalars in a display name. Default 2 to 50.
    package var displayNameLength = 2...50
    /// Unicode scalars in `platform`. Default 1 to 50.
    package var platformLength = 1...50
    /// Bytes in a push token. Default 4096.
    package var pushTokenLength = 4096

    package init() {}
}
