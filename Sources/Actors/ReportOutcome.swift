package import Model

/// What became of a report that was taken.
package struct ReportOutcome: Hashable, Sendable {
    /// How full the journal is; never ``Admission/dropped``.
    package var admission: Admission
    /// Whether the live position moved: false for a report no newer than the live one.
    package var isLive: Bool

    package init(admission: Admission, isLive: Bool) {
        self.admission = admission
        self.isLive = isLive
    }
}
