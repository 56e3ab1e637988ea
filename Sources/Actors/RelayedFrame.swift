package import Model

/// One frame of a group on its way to another loop, with all who shall get it there.
package struct RelayedFrame: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// To be dropped by a watcher that waits for a snapshot.
        case change
        /// What a watcher gets first, and again after it has missed something.
        case snapshot
    }

    package var group: GroupID
    package var kind: Kind
    package var frame: [UInt8]
    /// Shared by the frames of an audience, not copied for each.
    package var watchers: [WatcherID]

    package init(group: GroupID, kind: Kind, frame: [UInt8], watchers: [WatcherID]) {
        self.group = group
        self.kind = kind
        self.frame = frame
        self.watchers = watchers
    }
}
