/// Numbers that are looked up when somebody asks for the metrics, on the asker's thread.
final class Computed: Sendable {
    let kind: String
    private let read: @Sendable () -> [(labels: String, value: Double)]

    init(kind: String, read: @escaping @Sendable () -> [(labels: String, value: Double)]) {
        self.kind = kind
        self.read = read
    }

    func append(to text: inout Exposition, name: String) {
        for (labels, value) in read() { text.sample(name, labels, exposition(value)) }
    }
}
