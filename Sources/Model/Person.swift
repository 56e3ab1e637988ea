/// What others may be shown of a user.
package struct Person: Hashable, Sendable {
    package var id: UserID
    /// 1 to 50 characters.
    package var username: String
    /// 1 to 50 characters.
    package var displayName: String

    package init(id: UserID, username: String, displayName: String) {
        self.id = id
        self.username = username
        self.displayName = displayName
    }
}
