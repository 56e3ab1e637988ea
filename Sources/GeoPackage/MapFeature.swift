/// One row of a layer.
package struct MapFeature: Hashable, Sendable {
    package var id: Int
    /// The text of the columns that were asked for, in their order; nothing for NULL.
    package var texts: [String?]
    package var polygons: [Polygon]
}
