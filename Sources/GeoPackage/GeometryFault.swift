/// What is wrong with a geometry.
package enum GeometryFault: Error, Hashable, Sendable {
    /// It ends before it should.
    case truncated
    /// There is more after its end.
    case trailing
    /// The GeoPackage header is none, or of another version.
    case header
    /// Neither a polygon nor several of them, or with heights or measures.
    case kind
    /// A ring of fewer than three corners, or one whose last point is not its first.
    case ring
    /// A position that is no place on earth.
    case coordinate
}
