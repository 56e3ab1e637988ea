/// What the live state of one loop has done since the start, and what it holds now.
package struct LiveCounters: Hashable, Sendable {
    /// Groups in memory.
    package var groups = 0
    /// Devices in memory, the members of those groups.
    package var devices = 0
    /// Observers of all groups together.
    package var observers = 0
    /// Connected sessions of all devices together.
    package var sessions = 0
    package var loads = 0
    package var loadFailures = 0
    package var unloads = 0
    /// Reports that moved a live position.
    package var liveReports = 0
    /// Reports that came too late to.
    package var lateReports = 0
    /// Frames encoded.
    package var frames = 0
    /// Frames observers took.
    package var deliveries = 0
    /// Times an observer fell behind.
    package var stalls = 0
    /// Live positions that a newer one replaced before they were told.
    package var conflated = 0

    package init() {}
}
