internal import EventLoop
internal import FeatureKit
internal import Model
internal import Synchronization
internal import Wire

/// Tells the sessions of this hub how their people's imports get on. Callable from any thread.
///
/// What a session cannot take is left out: the next message says more.
final class ImportNews: StreamService {
    private let sessions = Mutex<[UserID: [SessionID: any StreamPeer]]>([:])
    /// Imports that this hub tells of by itself, and whether it is done with them.
    private let own = Mutex<[UniqueID: Bool]>([:])

    /// Whether anybody hears.
    var hasSessions: Bool { sessions.withLock { !$0.isEmpty } }

    /// Whether somebody here is to hear of an import from another hub.
    func isAwaited(_ file: TrackImport) -> Bool {
        sessions.withLock { $0[file.user] != nil } && own.withLock { $0[file.id] == nil }
    }

    func begin(_ id: UniqueID) { own.withLock { $0[id] = false } }

    func end(_ id: UniqueID) { own.withLock { $0[id] = true } }

    /// Forgets which imports were its own, but for those that it reads and those that are looked at.
    func forget(but seen: Set<UniqueID>) { own.withLock { $0 = $0.filter { !$0.value || seen.contains($0.key) } } }

    func opened(_ peer: any StreamPeer) {
        guard let user = peer.user?.id else { return }
        sessions.withLock { $0[user, default: [:]][peer.id] = peer }
    }

    func closed(_ peer: any StreamPeer) {
        guard let user = peer.user?.id else { return }
        sessions.withLock { sessions in
            sessions[user]?[peer.id] = nil
            if sessions[user]?.isEmpty == true { sessions[user] = nil }
        }
    }

    func publish(_ file: TrackImport) {
        let peers = sessions.withLock { Array(($0[file.user] ?? [:]).values) }
        for peer in peers {
            peer.loop.execute {
                _ = peer.deliver(
                    SharedMessage { bytes in
                        bytes += JSONWriter.bytes { json in
                            json.object { json in
                                json.member("type", "import")
                                file.members(to: &json)
                            }
                        }
                    })
            }
        }
    }
}

extension TrackImport {
    func members(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("name", name)
        if let format { json.member("format", format) } else { json.null("format") }
        json.member("state", state.rawValue)
        json.member("progress", progress)
        json.member("createdAt", createdAt)
        if let finishedAt { json.member("finishedAt", finishedAt) } else { json.null("finishedAt") }
        json.member("bytes", bytes)
        json.member("bytesRead", bytesRead)
        json.member("points", pointsRead)
        json.member("added", pointsAdded)
        json.object("skipped") { json in
            for (reason, count) in skipped {
                json.name(reason)
                json.value(count)
            }
        }
        json.member("truncated", isCut)
        if let error { json.member("error", error) } else { json.null("error") }
        if let message { json.member("message", message) } else { json.null("message") }
    }
}
