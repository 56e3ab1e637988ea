internal import Model
internal import Synchronization

/// Lets each person have one of something under way at the same time. Any thread.
final class PersonalSlots: Sendable {
    private let taken = Mutex<Set<UserID>>([])

    /// Returns whether theirs was free; it is then to be given back.
    func take(_ person: UserID) -> Bool { taken.withLock { $0.insert(person).inserted } }

    func giveBack(_ person: UserID) { taken.withLock { _ = $0.remove(person) } }
}
