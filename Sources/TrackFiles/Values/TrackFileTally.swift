/// Why an entry of a file gives no point.
package enum SkipReason: String, Hashable, Sendable, CaseIterable {
    /// It has no place, or one that is not on earth.
    case place
    /// It has no time, or one that cannot be read.
    case time
    /// Its time is still to come.
    case future
    /// Its time is before ``PointRules/earliest``.
    case past
    /// Its accuracy is too poor to say where it was.
    case inaccurate
}

/// What has been read of a file.
package struct TrackFileTally: Hashable, Sendable {
    package var points = 0
    package var skipped: [SkipReason: Int] = [:]

    package init() {}

    /// Entries, whether they gave a point or not.
    package var entries: Int { points + skipped.values.reduce(0, +) }
}
