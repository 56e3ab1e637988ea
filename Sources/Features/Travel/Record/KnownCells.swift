internal import Synchronization

/// Cells that are in `travel.h3_cells`, of which none ever goes: so that they are not asked for again. Callable from any thread.
final class KnownCells: Sendable {
    /// Some 8 MB.
    private static let most = 200_000

    private let cells = Mutex<Set<Int64>>([])

    /// Those of which it is not known.
    func unknown(_ asked: some Collection<Int64>) -> [Int64] {
        cells.withLock { cells in asked.filter { !cells.contains($0) } }
    }

    func note(_ fresh: [Int64]) {
        cells.withLock { cells in
            if cells.count + fresh.count > KnownCells.most { cells.removeAll() }
            cells.formUnion(fresh.prefix(KnownCells.most))
        }
    }
}
