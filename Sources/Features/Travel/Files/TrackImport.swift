package import Model

/// A file on its way into somebody's record, or the report of it.
package struct TrackImport: Sendable {
    package enum State: String, Hashable, Sendable {
        /// It is being sent.
        case receiving
        /// It is all there.
        case waiting
        /// Its points are read out.
        case reading
        /// Its points are worked into the record.
        case recording
        case done
        /// It could not be read to its end; what came before that holds.
        case failed
        /// Given up by its owner; what was read before that holds.
        case cancelled

        package var isOver: Bool { self == .done || self == .failed || self == .cancelled }
    }

    package var id: UniqueID
    package var user: UserID
    package var name: String
    package var format: String?
    package var state: State
    package var createdAt: Timestamp
    package var finishedAt: Timestamp?
    package var bytes: Int64
    package var pieces: Int
    package var bytesRead: Int64
    package var pointsRead: Int64
    package var pointsAdded: Int64
    /// By reason.
    package var skipped: [(reason: String, count: Int64)]
    package var firstAt: Timestamp?
    package var lastAt: Timestamp?
    package var isCut: Bool
    package var error: String?
    package var message: String?
    /// The first point that is not worked in, of all that the person has.
    package var dirtyFrom: Timestamp?

    /// How much of what the state is about is done, 0 … 1.
    package var progress: Double {
        switch state {
        case .receiving, .waiting: return 0
        case .reading: return bytes == 0 ? 0 : min(1, Double(bytesRead) / Double(bytes))
        case .recording:
            guard let dirtyFrom, let firstAt, let lastAt, firstAt < lastAt else { return 0 }
            let share =
                Double(dirtyFrom.milliseconds - firstAt.milliseconds)
                / Double(lastAt.milliseconds - firstAt.milliseconds)
            return min(1, max(0, share))
        case .done, .failed, .cancelled: return 1
        }
    }
}
