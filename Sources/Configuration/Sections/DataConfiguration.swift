/// `[data]`: where the hub keeps its own files.
package struct DataConfiguration: Equatable, Sendable {
    package var directory = "./data"

    package init() {}
}
