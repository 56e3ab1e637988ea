import Model

/// A fix as it was read from a packed message.
struct PackedFix {
    var fix: Fix
    /// What is wrong with its values, in the order of the members.
    var errors: [FieldError]

    /// The fix if it is what `rules` ask for; otherwise notes everything that is wrong with it, as JSON's reader does.
    ///
    /// - Parameter prefix: Put before each field's name, such as `locations[3].`.
    func checked(
        _ rules: FixRules, at now: Timestamp, prefix: @autoclosure () -> String = "", errors noted: inout [FieldError]
    ) -> Fix? {
        let violations = rules.violations(of: fix, at: now)
        guard !violations.isEmpty || !errors.isEmpty else { return fix }
        let prefix = prefix()
        noted += FixFields.ordered(errors + violations, prefix: "")
            .map { FieldError(field: prefix + $0.field, message: $0.message) }
        return nil
    }
}
