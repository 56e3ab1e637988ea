internal import EventLoop

/// Runs the tasks of handlers that answer later, on the loop: a task begins, goes on and ends there without a hop.
actor RequestRunner {
    private let loop: Loop

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(on loop: Loop) { self.loop = loop }

    func start(_ work: @escaping @Sendable (isolated RequestRunner) async -> Void) -> Task<Void, Never> {
        Task { await work(self) }
    }
}
