/// The country and region of a place.
package struct Whereabouts: Hashable, Sendable {
    package let country: Country
    /// Nothing where the country has no regions, or the map knows none there.
    package let region: Region?
    /// Metres to the border of where it is nearest to; 0 for a place inside. Accurate to a hundredth.
    package let metresAway: Double

    /// Whether the place is inside the borders, and not in the water beside them.
    package var isInside: Bool { metresAway == 0 }

    package init(country: Country, region: Region?, metresAway: Double) {
        self.country = country
        self.region = region
        self.metresAway = metresAway
    }
}
