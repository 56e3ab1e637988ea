package import Model
internal import Synchronization

/// How areas say that two people know each other by what is theirs, such as a conversation: one asks, others offer while
/// the hub starts. Callable from any thread.
package final class Acquaintances: Sendable {
    /// Whether two people know each other, as an area sees it.
    package typealias Source = @Sendable (UserID, UserID) async throws(DeviceStoreError) -> Bool

    private let sources = Mutex<[Source]>([])

    package init() {}

    package func add(_ source: @escaping Source) { sources.withLock { $0.append(source) } }

    /// Whether any area says so.
    package func know(_ one: UserID, _ other: UserID) async throws(DeviceStoreError) -> Bool {
        let sources = sources.withLock { $0 }
        for source in sources where try await source(one, other) { return true }
        return false
    }
}
