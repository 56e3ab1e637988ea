package import FeatureKit

/// What an ingestion has come to, as the client is told.
package struct IngestOutcome: Hashable, Sendable {
    /// A country or region.
    package struct Place: Hashable, Sendable {
        /// ISO 3166-1 or 3166-2.
        package var code: String
        package var name: String
    }

    /// How many cells of each resolution.
    package struct CellCount: Hashable, Sendable {
        package var res6 = 0
        package var res8 = 0

        mutating func add(_ resolution: Int) {
            if resolution == 8 { res8 += 1 } else { res6 += 1 }
        }
    }

    /// Locations that the record holds now, be it since an earlier request.
    package var processed = 0
    /// In the order of the request.
    package var skipped: [SkippedLocation] = []
    /// In the order in which they were come to.
    package var newCountries: [Place] = []
    package var newRegions: [Place] = []
    package var newCells = CellCount()
    /// Cells of the request that were known.
    package var revisitedCells = CellCount()
    /// How often somebody has been in the cells of the request's one location; nothing for a batch.
    package var visitCounts: CellCount?
    package var achievements: [UnlockedAchievement] = []
}
