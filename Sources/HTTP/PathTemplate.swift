/// The path of a route, such as `/api/v1/devices/{deviceId}`: each segment is fixed or one parameter.
package struct PathTemplate: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    enum Segment: Hashable, Sendable {
        case fixed([UInt8])
        case parameter
    }

    let segments: [Segment]
    /// The names in braces, in order.
    package let parameters: [String]
    package let description: String

    /// - Precondition: `text` begins with a slash, has no empty segment and no parameter twice.
    package init(_ text: String) {
        precondition(text.hasPrefix("/"), "A path template begins with a slash")
        var segments: [Segment] = []
        var parameters: [String] = []
        for segment in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) where text != "/" {
            precondition(!segment.isEmpty, "A path template has no empty segment")
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                segments.append(.parameter)
                parameters.append(String(segment.dropFirst().dropLast()))
            } else {
                segments.append(.fixed(Array(segment.utf8)))
            }
        }
        precondition(Set(parameters).count == parameters.count, "A path template names a parameter once")
        self.segments = segments
        self.parameters = parameters
        description = text
    }

    package init(stringLiteral text: String) { self.init(text) }
}
