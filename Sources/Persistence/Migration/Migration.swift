/// One numbered step of an area's schema.
package struct Migration: Hashable, Sendable {
    /// From 1, without gaps.
    package let number: Int
    /// What follows the number in the file's name, such as `locations`.
    package let name: String
    /// A script, run as one transaction; it must not begin or end one itself.
    package let sql: String

    package init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }
}
