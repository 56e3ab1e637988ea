/// A value a route takes from the path, the query or a header.
package struct RouteParameter: Hashable, Sendable {
    package enum Place: String, Hashable, Sendable {
        case path
        case query
        case header
    }

    package let place: Place
    package let name: String
    package let schema: Schema
    package let isRequired: Bool
    /// A sentence; may be empty.
    package let summary: String

    private init(_ place: Place, _ name: String, _ schema: Schema, isRequired: Bool, summary: String) {
        self.place = place
        self.name = name
        self.schema = schema
        self.isRequired = isRequired
        self.summary = summary
    }

    package static func path(_ name: String, _ schema: Schema, _ summary: String = "") -> RouteParameter {
        RouteParameter(.path, name, schema, isRequired: true, summary: summary)
    }

    package static func query(
        _ name: String, _ schema: Schema, required: Bool = false, _ summary: String = ""
    ) -> RouteParameter {
        RouteParameter(.query, name, schema, isRequired: required, summary: summary)
    }

    package static func header(
        _ name: String, _ schema: Schema, required: Bool = false, _ summary: String = ""
    ) -> RouteParameter {
        RouteParameter(.header, name, schema, isRequired: required, summary: summary)
    }
}
