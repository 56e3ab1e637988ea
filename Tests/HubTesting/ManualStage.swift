internal import Synchronization

/// Lets asynchronous functions run on a ``ManualExecutor``.
actor ManualStage {
    private let executor: ManualExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(executor: ManualExecutor) { self.executor = executor }

    func start<Value: Sendable>(
        _ operation: @escaping @Sendable () async -> Value, _ outcome: ManualOutcome<Value>
    ) {
        Task { await self.perform(operation, outcome) }
    }

    private func perform<Value: Sendable>(
        _ operation: @Sendable () async -> Value, _ outcome: ManualOutcome<Value>
    ) async {
        outcome.set(await operation())
    }
}

/// What an operation came to, once it has.
final class ManualOutcome<Value: Sendable>: Sendable {
    private let stored = Mutex<Value?>(nil)

    var value: Value? { stored.withLock { $0 } }

    func set(_ value: Value) { stored.withLock { $0 = value } }
}
