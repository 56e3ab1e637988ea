internal import FeatureKit
internal import Model
internal import Wire

/// What is to be stored of one report of an app.
struct PhoneFixes: Hashable, Sendable {
    var fixes: [Fix] = []
    /// How many were older than the live routes take. An app that was offline sends them until they are answered well, and the
    /// newer ones wait behind them: they are dropped, and answered well.
    var late = 0

    /// Holds positions against the rules of every location.
    ///
    /// - Parameter name: What the app calls a member of the position numbered so.
    /// - Throws: 400 with everything that is wrong.
    init(
        _ positions: [PhonePosition], rules: FixRules, at now: Timestamp,
        naming name: (_ index: Int, _ member: String) -> String
    ) throws(Problem) {
        var errors: [FieldError] = []
        for (index, position) in positions.enumerated() {
            let fix = position.fix(longestLabel: rules.longestLabel)
            if fix.capturedAt.duration(to: now) > rules.longestAge {
                late += 1
                continue
            }
            let violations = rules.violations(of: fix, at: now)
            if violations.isEmpty { fixes.append(fix) }
            errors += violations.map { FieldError(field: name(index, $0.field), message: $0.message) }
        }
        guard errors.isEmpty else { throw Problem(.validationError, "Validation failed", details: errors) }
    }
}
