/// Why a report was not taken; nothing has changed then.
package enum ReportRefusal: Error, Hashable, Sendable {
    /// The journal is past its high-water mark: try again later.
    case journalFull
    /// The device left the group, or the group left memory: look the device up again.
    case gone
}
