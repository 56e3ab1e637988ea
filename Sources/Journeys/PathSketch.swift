internal import Glibc

/// A path drawn with few corners while it is gone: every point lies within a tolerance of the drawn line. In constant time a
/// point and without looking back, as the sleeve of Zhao and Saalfeld (1997) does: from the last corner a cone of directions
/// stays open that pass all points since; a point outside it makes the one before a corner.
struct PathSketch: Hashable, Sendable {
    /// Corners that stay, the first point among them.
    private(set) var corners: [TrackPoint] = []
    private var sleeve = Sleeve()
    private(set) var tolerance: Double

    init(tolerance: Double) { self.tolerance = tolerance }

    /// What it takes to come back to this point of the path: ``rewind(to:)``.
    struct Bookmark: Hashable, Sendable {
        fileprivate(set) var cornerCount: Int
        fileprivate var sleeve: Sleeve
    }

    var bookmark: Bookmark { Bookmark(cornerCount: corners.count, sleeve: sleeve) }

    /// Takes back what was added since the bookmark, between which and now nothing was ``thin()``ned.
    mutating func rewind(to bookmark: Bookmark) {
        corners.removeLast(corners.count - bookmark.cornerCount)
        sleeve = bookmark.sleeve
    }

    mutating func add(_ point: TrackPoint) {
        guard let corner = corners.last else {
            corners.append(point)
            return
        }
        // The first point of a sleeve is always in it.
        if !sleeve.admits(point, from: corner, tolerance: tolerance), let passed = sleeve.last {
            corners.append(passed)
            sleeve = Sleeve()
            _ = sleeve.admits(point, from: passed, tolerance: tolerance)
        }
        sleeve.last = point
    }

    /// All corners, the newest point too.
    var path: [TrackPoint] {
        guard let last = sleeve.last else { return corners }
        return corners + [last]
    }

    /// Draws it again with twice the tolerance, which leaves fewer corners.
    mutating func thin() {
        var coarse = PathSketch(tolerance: tolerance * 2)
        for point in path { coarse.add(point) }
        self = coarse
    }
}

/// The directions, seen from a corner, that pass all points since within a tolerance.
private struct Sleeve: Hashable, Sendable {
    /// The newest point since the corner.
    var last: TrackPoint?
    /// The furthest of them, in metres from the corner.
    private var reach = 0.0
    /// The direction that angles are counted from, and the bounds of the cone, in radians; without bounds every direction
    /// passes.
    private var axis: Double?
    private var low = -Double.infinity
    private var high = Double.infinity

    /// Narrows the cone by a point, if it is in it.
    mutating func admits(_ point: TrackPoint, from corner: TrackPoint, tolerance: Double) -> Bool {
        let (east, north) = corner.offset(to: point)
        let distance = (east * east + north * north).squareRoot()
        // Back along the way it came is a corner as well.
        guard distance >= reach - tolerance else { return false }
        reach = max(reach, distance)
        guard distance > tolerance else { return true }
        let direction = atan2(north, east)
        let spread = asin(tolerance / distance)
        guard let axis else {
            self.axis = direction
            (low, high) = (-spread, spread)
            return true
        }
        let turn = remainder(direction - axis, 2 * Double.pi)
        guard turn >= low, turn <= high else { return false }
        low = max(low, turn - spread)
        high = min(high, turn + spread)
        return true
    }
}

extension TrackPoint {
    /// Metres to the east and north, on the plane that touches the earth here: good for some kilometres, not at the poles.
    fileprivate func offset(to other: TrackPoint) -> (east: Double, north: Double) {
        let scale = TrackPoint.earthRadius * TrackPoint.radian
        let east = remainder(other.longitude - longitude, 360)
        return (east * scale * cos(latitude * TrackPoint.radian), (other.latitude - latitude) * scale)
    }
}
