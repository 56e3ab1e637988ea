/// A statement that is prepared once on each connection that uses it.
package struct PostgresStatement: Hashable, Sendable {
    /// Unique among the hub's statements, such as `core.insert_locations`.
    package let name: String
    /// One statement. Parameters whose type Postgres cannot tell are cast: `$1::uuid[]`.
    package let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }

    package static func == (left: PostgresStatement, right: PostgresStatement) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// This statement with `parameters`, ready to be sent.
    package func with(_ parameters: (any PostgresEncodable)?...) -> PostgresQuery {
        var encoded = PostgresParameters()
        for parameter in parameters {
            if let parameter { encoded.append(parameter) } else { encoded.append(Int32?.none) }
        }
        return PostgresQuery(self, encoded)
    }
}

/// A statement and its parameters.
package struct PostgresQuery: Sendable {
    package let statement: PostgresStatement
    package let parameters: PostgresParameters

    package init(_ statement: PostgresStatement, _ parameters: PostgresParameters = PostgresParameters()) {
        self.statement = statement
        self.parameters = parameters
    }
}
