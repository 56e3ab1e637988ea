internal import Earth
internal import EventLoop
internal import FeatureKit
internal import Persistence

/// The outlines of the map that was imported, made once for every map and kept: a megabyte, compressed to three quarters.
actor OutlineShelf {
    private let store: RegionStore
    private var kept: (digest: [UInt8], file: StaticFile)?
    /// That others who ask meanwhile wait for.
    private var making: Task<StaticFile?, any Error>?

    init(store: RegionStore) { self.store = store }

    /// The outlines; nothing before the first import.
    ///
    /// - Parameter loop: Lends a thread that may take its time.
    /// - Throws: ``RegionStoreError``, `PostgresError`.
    func file(on loop: Loop) async throws -> StaticFile? {
        guard let digest = try await store.digest() else { return nil }
        if let kept, kept.digest == digest { return kept.file }
        if let making { return try await making.value }
        // Awaited by whoever began it, whatever becomes of others.
        let task = Task { try await make(on: loop) }
        making = task
        defer { making = nil }
        return try await task.value
    }

    private func make(on loop: Loop) async throws -> StaticFile? {
        guard let stored = try await store.load() else { return nil }
        let file = await loop.offload { StaticFile("outlines.bin", stored.map.outlines) }
        kept = (stored.digest, file)
        return file
    }
}
