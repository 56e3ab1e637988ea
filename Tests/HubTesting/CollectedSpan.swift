/// A span as a collector got it.
package struct CollectedSpan: Sendable {
    package let trace: String
    package let id: String
    package let parent: String
    package let name: String
    package let kind: UInt64
    package let state: String
    package let attributes: [String: String]
    /// The ids of the spans it is linked to.
    package let links: [String]
    package let isFailure: Bool
    package let start: UInt64
    package let end: UInt64

    /// The spans of an `ExportTraceServiceRequest`.
    package static func all(in body: [UInt8]) -> [CollectedSpan] {
        let resources = (ProtobufField.all(of: body) ?? []).all(1)
        return resources.flatMap { $0.fields.all(2) }.flatMap { $0.fields.all(2) }.map { CollectedSpan($0.fields) }
    }

    private init(_ fields: [ProtobufField]) {
        trace = fields.first(1)?.hex ?? ""
        id = fields.first(2)?.hex ?? ""
        state = fields.first(3)?.text ?? ""
        parent = fields.first(4)?.hex ?? ""
        name = fields.first(5)?.text ?? ""
        kind = fields.first(6)?.integer ?? 0
        start = fields.first(7)?.integer ?? 0
        end = fields.first(8)?.integer ?? 0
        var attributes: [String: String] = [:]
        for pair in fields.all(9) {
            guard let value = pair.fields.first(2)?.fields.first else { continue }
            attributes[pair.fields.first(1)?.text ?? ""] = value.number == 1 ? value.text : String(value.integer)
        }
        self.attributes = attributes
        links = fields.all(13).map { $0.fields.first(2)?.hex ?? "" }
        isFailure = fields.first(15)?.fields.first(3)?.integer == 2
    }
}
