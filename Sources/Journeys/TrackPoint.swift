internal import Glibc
package import Model

/// Where somebody was at a moment: what of a fix makes journeys.
package struct TrackPoint: Hashable, Sendable {
    package var time: Timestamp
    /// Degrees north, -90 … 90.
    package var latitude: Double
    /// Degrees east, -180 … 180.
    package var longitude: Double

    package init(time: Timestamp, latitude: Double, longitude: Double) {
        self.time = time
        self.latitude = latitude
        self.longitude = longitude
    }

    package init(_ fix: Fix) {
        self.init(time: fix.capturedAt, latitude: fix.latitude, longitude: fix.longitude)
    }

    /// Metres along the great circle to `other`, on a sphere of the earth's mean radius (haversine, good from a millimetre
    /// to the antipode).
    package func distance(to other: TrackPoint) -> Double {
        let north = (other.latitude - latitude) * TrackPoint.radian
        let east = (other.longitude - longitude) * TrackPoint.radian
        let (sinNorth, sinEast) = (sin(north / 2), sin(east / 2))
        let shrink = cos(latitude * TrackPoint.radian) * cos(other.latitude * TrackPoint.radian)
        let chord = sinNorth * sinNorth + shrink * sinEast * sinEast
        return 2 * TrackPoint.earthRadius * asin(min(1, chord.squareRoot()))
    }

    /// Seconds from this moment to `later`'s; negative if that is earlier.
    package func seconds(to later: TrackPoint) -> Double {
        Double(later.time.milliseconds - time.milliseconds) / 1000
    }

    /// Metres; IUGG's mean radius R1.
    package static let earthRadius = 6_371_008.8
    static let radian = Double.pi / 180
}
