/// `[locations]`: what is kept of where devices were.
package struct LocationsConfiguration: Equatable, Sendable {
    /// Whether reported locations are stored.
    package var store = true

    package init() {}
}
