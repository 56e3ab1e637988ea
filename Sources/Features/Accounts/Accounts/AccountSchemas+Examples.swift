internal import Wire

/// Bodies as people send them, where not everything that is needed is required of everybody.
extension AccountSchemas {
    static let loginExample = body([("email", "ada@example.org"), ("password", "quiet-Harbour.92")])
    static let changeExample = body([
        ("currentPassword", "quiet-Harbour.92"), ("newPassword", "windy-Lighthouse.37"),
    ])
    static let deletionExample = body([("password", "quiet-Harbour.92"), ("confirmation", "DELETE")])

    private static func body(_ members: [(String, String)]) -> JSONValue {
        .object(members.map { .init(name: $0.0, value: .string($0.1)) })
    }
}
