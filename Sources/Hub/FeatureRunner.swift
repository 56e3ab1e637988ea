internal import FeatureKit

/// The background work of areas: begun once, cancelled when the hub stops, and waited for before its loops end.
actor FeatureRunner {
    private let features: [any Feature]
    private var tasks: [Task<Void, Never>] = []
    private var isOver = false

    init(_ features: [any Feature]) { self.features = features }

    /// Until the task is cancelled, or ``cancel()`` was called, and all work has ended.
    func run() async {
        guard !isOver, tasks.isEmpty else { return }
        let begun = features.map { feature in Task { await feature.run() } }
        tasks = begun
        await withTaskCancellationHandler {
            for task in begun { await task.value }
        } onCancel: {
            for task in begun { task.cancel() }
        }
    }

    /// Asks all work to end, and begins no more.
    func cancel() {
        isOver = true
        for task in tasks { task.cancel() }
    }

    /// What areas do last, while the database is there.
    func finish() async {
        for feature in features { await feature.finish() }
    }

    /// All work has ended.
    func ended() async {
        for task in tasks { await task.value }
    }
}
