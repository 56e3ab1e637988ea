internal import Configuration

/// A part of the hub that takes a changed configuration over while it runs (SIGHUP).
///
/// A part joins by being named in ``Hub``'s list of them. What no part takes over needs a restart, and is named in the
/// log when it has changed.
protocol Reloadable: Sendable {
    /// What it is called in the log: `limits`, `certificate`.
    var name: String { get }

    /// The settings it takes over, as `section.name`.
    var settings: Set<String> { get }

    /// Takes over what `configuration` says, changed or not; what it cannot use leaves everything as it was.
    func reload(_ configuration: HubConfiguration) async throws(ReloadFailure)
}

/// Why a part keeps what it has: one line for the log, without secrets.
struct ReloadFailure: Error, Equatable {
    let reason: String
}
