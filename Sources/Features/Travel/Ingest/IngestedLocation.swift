package import Journeys

/// A location of a request that may become a point of the record.
package struct IngestedLocation: Hashable, Sendable {
    /// Where in the request's list it stands, from 0.
    package var index: Int
    package var point: TrackPoint

    package init(index: Int, point: TrackPoint) {
        self.index = index
        self.point = point
    }
}

/// A location that was not taken, while others of its request may have been.
package struct SkippedLocation: Hashable, Sendable {
    /// The words of the protocol.
    package enum Reason: String, CaseIterable, Hashable, Sendable {
        /// A member is missing, of the wrong type or out of range.
        case validationError = "validation_error"
        /// Its cell is not where it says it is; nothing else is wrong.
        case h3Mismatch = "h3_mismatch"
        /// Another location is taken for that moment, of this request or an earlier one.
        case duplicate
        /// Its accuracy is worse than ``IngestLimits/worstAccuracy``: it says nothing of cells.
        case inaccurate
    }

    package var index: Int
    package var reason: Reason
    /// What is wrong with its members; empty for the last two reasons.
    package var details: [Detail] = []

    /// A member and a sentence, without the value.
    package struct Detail: Hashable, Sendable {
        package var field: String
        package var message: String
    }
}

/// What is taken of locations that are not live.
package struct IngestLimits: Hashable, Sendable {
    /// Of one request.
    package var locationsPerBatch = 100
    /// Metres; what is worse does not count, as with live locations.
    package var worstAccuracy = 500.0
    /// How far ahead of the hub's clock a location may be; `rules.clockSkew` of the live routes.
    package var clockSkew = Duration.seconds(60)
    /// Unicode scalars, as `core.devices` has it.
    package var deviceNameLength = 2...50
    package var platformLength = 1...50

    package init() {}
}
