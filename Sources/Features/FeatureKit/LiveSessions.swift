package import Model

/// The streams that are open on this hub, for administrators. Callable from any thread.
package protocol LiveSessions: Sendable {
    /// What there is now, gathered loop by loop and in slices, so that no loop stops for it: a session that opens or closes
    /// meanwhile may or may not be in it.
    func list(_ request: LiveSessionRequest) async -> LiveSessionPage

    /// Closes a session; false if there is none of that id.
    func close(_ id: SessionID) async -> Bool

    /// Closes, with 1008, the sessions that were opened with credentials of which `isOver` says so; it is asked on the
    /// sessions' loops.
    func closeAll(where isOver: @escaping @Sendable (Credential) -> Bool) async

    /// Ends the watches of a group that users' sessions have, and returns when nothing more of it goes to them.
    ///
    /// - Parameter user: Who has left; everybody if `nil`, who are those with users: holders of keys watch on.
    func endWatches(of group: GroupID, by user: UserID?) async
}

/// Which sessions are asked for.
package struct LiveSessionRequest: Hashable, Sendable {
    package enum Order: String, Hashable, Sendable, CaseIterable {
        /// By id, which is by age, the oldest first. The one order that goes on after a page.
        case id
        case queued
        case bytesIn
        case bytesOut
        case messagesIn
        case messagesOut
    }

    package var order: Order
    /// Of ``Order/id``: those after this one.
    package var after: SessionID?
    /// 1 or more.
    package var limit: Int

    package init(order: Order = .id, after: SessionID? = nil, limit: Int) {
        self.order = order
        self.after = after
        self.limit = limit
    }
}

package struct LiveSessionPage: Hashable, Sendable {
    package var sessions: [LiveSession]
    /// Sessions of all loops together.
    package var total: Int

    package init(sessions: [LiveSession], total: Int) {
        self.sessions = sessions
        self.total = total
    }
}

/// A stream as it is at one moment.
package struct LiveSession: Hashable, Sendable {
    package var id: SessionID
    /// Whom it speaks as; a watcher as nobody.
    package var device: DeviceID?
    package var group: GroupID?
    /// The number of the loop it lives on.
    package var loop: Int
    /// The subprotocol.
    package var dialect: String
    package var openedAt: Timestamp
    package var credential: Credential
    package var address: String
    /// Bytes that wait for the client to read.
    package var queuedBytes: Int
    /// Messages that wait for their commit.
    package var pendingAcks: Int
    /// Groups it watches.
    package var watches: Int
    package var traffic: Traffic

    /// Since it was opened.
    package struct Traffic: Hashable, Sendable {
        package var messagesIn: UInt32 = 0
        package var messagesOut: UInt32 = 0
        /// Of messages, without what frames them.
        package var bytesIn: UInt64 = 0
        /// Of messages, with what frames them.
        package var bytesOut: UInt64 = 0

        package init() {}
    }

    package init(
        id: SessionID, device: DeviceID?, group: GroupID?, loop: Int, dialect: String, openedAt: Timestamp,
        credential: Credential, address: String, queuedBytes: Int, pendingAcks: Int, watches: Int, traffic: Traffic
    ) {
        self.id = id
        self.device = device
        self.group = group
        self.loop = loop
        self.dialect = dialect
        self.openedAt = openedAt
        self.credential = credential
        self.address = address
        self.queuedBytes = queuedBytes
        self.pendingAcks = pendingAcks
        self.watches = watches
        self.traffic = traffic
    }
}
