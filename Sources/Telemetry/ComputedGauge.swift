/// A number that is looked up when somebody asks for the metrics, on the asker's thread.
final class ComputedGauge: Sendable {
    private let read: @Sendable () -> Double

    init(read: @escaping @Sendable () -> Double) { self.read = read }
}

extension ComputedGauge: Metric {
    static var kind: String { "gauge" }

    func append(to text: inout String, name: String, labels: String) {
        text += "\(name)\(braced(labels)) \(exposition(read()))\n"
    }
}
