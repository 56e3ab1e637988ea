/// Everything that is wrong with a configuration, so that an operator mends it in one go.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// At least one.
    package let problems: [ConfigurationProblem]

    /// One line for each problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
