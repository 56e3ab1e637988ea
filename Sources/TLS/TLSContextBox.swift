internal import Synchronization

/// The context that new connections get, exchanged while the hub runs (SIGHUP); may be used from any thread.
package final class TLSContextBox: Sendable {
    private let load: @Sendable () throws(TLSError) -> TLSContext
    private let box: Mutex<TLSContext>

    /// Loads the first context; `load` runs again at every ``reload()``.
    package init(load: @escaping @Sendable () throws(TLSError) -> TLSContext) throws(TLSError) {
        self.load = load
        box = Mutex(try load())
    }

    /// A server's context, from the same two files every time.
    package convenience init(
        certificateFile: String, keyFile: String, minimumVersion: TLSVersion = .tls12
    ) throws(TLSError) {
        try self.init { () throws(TLSError) in
            try TLSContext.server(
                certificateFile: certificateFile, keyFile: keyFile, minimumVersion: minimumVersion)
        }
    }

    package var current: TLSContext { box.withLock { $0 } }

    /// Exchanges the context for another. Connections made before keep theirs.
    package func replace(with context: TLSContext) { box.withLock { $0 = context } }

    /// Exchanges the context for one loaded afresh. Connections made before keep theirs; after a failure so do new ones.
    package func reload() throws(TLSError) {
        let fresh = try load()
        box.withLock { $0 = fresh }
    }
}
