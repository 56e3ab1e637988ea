internal import Configuration
package import Persistence

/// How much conversations may hold in memory, and for how long. Those that count are for one loop.
package struct ChatLimits: Hashable, Sendable {
    /// When messages are written, and how many may wait. Default: batches of 500, every 5 ms at most, 20,000 waiting.
    package var writeBehind: WriteBehindLimits
    /// Conversations in memory. Default 50,000.
    package var conversations = 50_000
    /// How long one that nobody uses stays. Default 5 min.
    package var idle = Duration.seconds(300)
    /// Who may wait for one that is being loaded. Default 1,000.
    package var waitingForLoad = 1_000
    /// How long it is believed who is in a conversation, where nothing is stored by it. Default 5 s.
    package var rosterAge = Duration.seconds(5)
    /// How often a message may be sent again while its first is on its way. Default 64.
    package var waitingForOne = 64
    /// Messages of one session, or calls of one user, that may wait for their commit. Default 256.
    package var pendingMessages = 256
    /// Committed messages that may wait until those before them have been looked up. Default 1,000.
    package var backlog = 1_000
    /// After which somebody who types no more counts as one who does not. The protocol's 5 s.
    package var typingLapse = Duration.seconds(5)
    /// How often the others are told that somebody still types. Default 2 s.
    package var typingPace = Duration.seconds(2)
    /// Messages in a page of `sync`. Default 100.
    package var pageMessages = 100
    /// Bytes of JSON in a page of `sync`, unless one message has more. A quarter of what may wait for a client that does not
    /// read: beside its pages, live messages have room. Default 256 KiB.
    package var pageBytes = 262_144
    /// Conversations that one session may have asked for and not yet have. Default 400.
    package var pendingSyncs = 400
    /// Read marks that wait to be written, and how long they do. Default 50,000 and 500 ms.
    package var readMarks = 50_000
    package var readMarkDelay = Duration.milliseconds(500)
    /// What may be on its way from other loops. Default 65,536.
    package var mailboxItems = 65_536
    /// Messages a user may send in a second, by whatever way; 0 for any number. Default 20.
    package var messagesPerSecond = 20

    package init(
        writeBehind: WriteBehindLimits = WriteBehindLimits(
            batchRows: 500, backlogRows: 500, pace: .milliseconds(5), flights: 1, highWater: 20_000)
    ) {
        self.writeBehind = writeBehind
    }
}

extension ChatLimits {
    /// Of one loop.
    init(_ configuration: HubConfiguration) {
        self.init(
            writeBehind: WriteBehindLimits(
                batchRows: configuration.limits.writeBehindRows, backlogRows: configuration.limits.writeBehindRows,
                pace: configuration.limits.writeBehindDelay, flights: 1,
                highWater: configuration.limits.writeBehindHighWater))
        pendingMessages = configuration.limits.pendingAcks
        pageBytes = configuration.fanout.outboundBytes / 4
        mailboxItems = configuration.fanout.mailboxItems
        messagesPerSecond = configuration.chat.messagesPerSecond
    }
}
