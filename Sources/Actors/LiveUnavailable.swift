/// Why a group's live state cannot be had now. All of them pass: try again.
package enum LiveUnavailable: Error, Hashable, Sendable {
    /// The store could not be read.
    case storeFailed
    /// Too many groups are in memory, too many calls wait for this one, or too many watch it.
    case overloaded
    /// The group left memory since it was looked up: look it up again.
    case unloaded
    /// The hub is stopping.
    case stopping
}
