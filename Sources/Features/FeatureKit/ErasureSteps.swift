package import Model
internal import Synchronization

/// How what an area keeps of people goes when an account is erased (docs/adr/0033).
///
/// The account is closed before either is called. Each call is one short transaction that holds no lock for long, removes a
/// bounded part of what there is, and may be made again after an end that is not known. What little comes in between goes
/// with the person's row in `core.users`, by foreign keys and triggers of the area's own.
package protocol ErasureStep: Sendable {
    /// Takes some of what others see of the person from them, before anything is erased: so that this is done soon, however
    /// much there is to be erased.
    ///
    /// - Returns: Whether there may be more; it is then called again.
    func withdraw(_ person: UserID) async throws -> Bool

    /// Erases some of what is left.
    ///
    /// - Returns: Whether there may be more; it is then called again.
    func erase(_ person: UserID) async throws -> Bool
}

/// The areas' parts in an erasure: one area erases, others add theirs while the hub starts. Callable from any thread.
package final class ErasureSteps: Sendable {
    private let steps = Mutex<[any ErasureStep]>([])

    package init() {}

    package func add(_ step: any ErasureStep) { steps.withLock { $0.append(step) } }

    /// In the order in which they were added.
    package var all: [any ErasureStep] { steps.withLock { $0 } }
}
