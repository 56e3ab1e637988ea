internal import EventLoop

/// Runs the tasks of handlers that answer later, and brings their answers back to the loop.
actor RequestRunner {
    private let loop: Loop

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(on loop: Loop) { self.loop = loop }

    /// Runs `work`, wherever it wants to run, and then `finish` with what it returned, on the loop.
    nonisolated func start<Value: Sendable>(
        _ work: @escaping @Sendable () async -> Value, then finish: @escaping @Sendable (Value) -> Void
    ) -> Task<Void, Never> {
        Task { await run(work, then: finish) }
    }

    private func run<Value: Sendable>(
        _ work: @Sendable () async -> Value, then finish: @Sendable (Value) -> Void
    ) async {
        finish(await work())
    }
}
