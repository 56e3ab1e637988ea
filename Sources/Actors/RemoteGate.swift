package import Model

/// What one watcher of a group that lives on another loop may be sent, decided on the watcher's loop: after it has missed
/// something, nothing but a snapshot.
package struct RemoteGate: Hashable, Sendable {
    /// What the owner does next.
    package enum Action: Hashable, Sendable {
        case nothing
        /// Ask the group's loop for a snapshot: ``RemoteAudience/resume(_:)``.
        case askForSnapshot
    }

    private enum State: Hashable {
        /// Keeps up.
        case open
        /// Has no room.
        case full
        /// Has room, and has been promised a snapshot.
        case waiting
    }

    /// A watcher begins by waiting for its first snapshot.
    private var state = State.waiting
    /// Whether something was missed since the last snapshot.
    private var hasMissed = true

    package init() {}

    /// Whether to send a frame to the watcher. If so, ``sent(_:)`` is called with what it answered.
    package mutating func admits(_ kind: RelayedFrame.Kind) -> Bool {
        switch (state, kind) {
        case (.open, _), (.waiting, .snapshot): return true
        case (.waiting, .change): return false
        case (.full, _):
            hasMissed = true
            return false
        }
    }

    /// The watcher answered to a frame that was admitted.
    package mutating func sent(_ kind: RelayedFrame.Kind, _ admission: Admission) {
        if admission == .dropped {
            hasMissed = true
        } else if kind == .snapshot {
            hasMissed = false
        }
        state = admission == .accepted ? .open : .full
    }

    /// The watcher has room again.
    package mutating func drained() -> Action {
        guard state == .full else { return .nothing }
        state = hasMissed ? .waiting : .open
        return hasMissed ? .askForSnapshot : .nothing
    }
}
