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

/// How what an area has made of a device's locations goes when the device alone is erased. The device and its locations are gone
/// before; whatever is to be done is noted in that transaction, by a trigger of the area's own, and may be finished by any hub.
package protocol DeviceErasureStep: Sendable {
    /// Takes out what the device has left. May be called again after an end that is not known.
    ///
    /// - Parameter limit: After which it returns at its next chance.
    /// - Returns: Whether nothing is left.
    func erase(leftBy device: DeviceID, within limit: Duration) async throws -> Bool
}

/// The areas' parts in an erasure: one area erases, others add theirs while the hub starts. Callable from any thread.
package final class ErasureSteps: Sendable {
    private let steps = Mutex<[any ErasureStep]>([])
    private let deviceSteps = Mutex<[any DeviceErasureStep]>([])

    package init() {}

    package func add(_ step: any ErasureStep) { steps.withLock { $0.append(step) } }

    package func add(_ step: any DeviceErasureStep) { deviceSteps.withLock { $0.append(step) } }

    /// Takes out what a device has left that is erased.
    ///
    /// - Parameter limit: After which the rest is left to those who look for it.
    /// - Returns: Whether nothing is left.
    package func erase(leftBy device: DeviceID, within limit: Duration) async throws -> Bool {
        let end = ContinuousClock.now.advanced(by: limit)
        var isDone = true
        for step in deviceSteps.withLock({ $0 }) {
            let left = max(.zero, ContinuousClock.now.duration(to: end))
            isDone = try await step.erase(leftBy: device, within: left) && isDone
        }
        return isDone
    }

    /// In the order in which they were added.
    package var all: [any ErasureStep] { steps.withLock { $0 } }
}
