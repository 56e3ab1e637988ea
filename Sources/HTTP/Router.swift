/// Finds what serves a path and method. A fixed segment goes before a parameter.
package struct Router<Destination: Sendable>: Sendable {
    private struct Entry: Sendable {
        var method: HTTPMethod
        var destination: Destination
    }

    private struct Node: Sendable {
        var fixed: [(segment: [UInt8], node: Int)] = []
        var parameter: Int?
        var entries: [Entry] = []
    }

    package enum Match {
        /// With the values of the template's parameters, in its order. `HEAD` finds what serves `GET`.
        case found(Destination, parameters: [String])
        /// The path is known, but not with that method; `allow` are those it is known with, for the field `Allow`.
        case otherMethods(allow: [HTTPMethod])
        case notFound
    }

    private var nodes = [Node()]

    package init() {}

    /// - Precondition: Nothing else serves the same path and method.
    package mutating func add(_ method: HTTPMethod, _ template: PathTemplate, _ destination: Destination) {
        var index = 0
        for segment in template.segments {
            switch segment {
            case .parameter:
                if let child = nodes[index].parameter {
                    index = child
                } else {
                    nodes.append(Node())
                    nodes[index].parameter = nodes.count - 1
                    index = nodes.count - 1
                }
            case .fixed(let bytes):
                if let child = nodes[index].fixed.first(where: { $0.segment == bytes }) {
                    index = child.node
                } else {
                    nodes.append(Node())
                    nodes[index].fixed.append((bytes, nodes.count - 1))
                    index = nodes.count - 1
                }
            }
        }
        precondition(
            !nodes[index].entries.contains { $0.method == method }, "Two routes for \(method.rawValue) \(template)")
        nodes[index].entries.append(Entry(method: method, destination: destination))
    }

    package func match(_ request: HTTPRequest) -> Match {
        match(request.method, request.pathBytes)
    }

    package func match(_ method: HTTPMethod, _ path: ArraySlice<UInt8>) -> Match {
        guard path.first == UInt8(ascii: "/") else { return .notFound }
        let rest = path.dropFirst()
        var values: [Range<Int>] = []
        guard let index = rest.isEmpty ? root : find(rest, from: rest.startIndex, at: 0, &values) else {
            return .notFound
        }
        let entries = nodes[index].entries
        let entry =
            entries.first { $0.method == method } ?? (method == .head ? entries.first { $0.method == .get } : nil)
        guard let entry else { return .otherMethods(allow: allowed(entries)) }
        return .found(entry.destination, parameters: values.map { String(decoding: path[$0], as: UTF8.self) })
    }

    private var root: Int? { nodes[0].entries.isEmpty ? nil : 0 }

    private func allowed(_ entries: [Entry]) -> [HTTPMethod] {
        let methods = Set(entries.map(\.method))
        return HTTPMethod.allCases.filter {
            methods.contains($0) || $0 == .options || $0 == .head && methods.contains(.get)
        }
    }

    /// The node for the segments of `path` from `start` on that has entries; depth is bounded by the deepest template.
    private func find(
        _ path: ArraySlice<UInt8>, from start: Int, at index: Int, _ values: inout [Range<Int>]
    ) -> Int? {
        let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
        let segment = path[start..<end]
        func descend(_ child: Int, _ values: inout [Range<Int>]) -> Int? {
            if end == path.endIndex { return nodes[child].entries.isEmpty ? nil : child }
            return find(path, from: end + 1, at: child, &values)
        }
        for child in nodes[index].fixed where child.segment.elementsEqual(segment) {
            if let found = descend(child.node, &values) { return found }
        }
        guard !segment.isEmpty, let child = nodes[index].parameter else { return nil }
        values.append(start..<end)
        if let found = descend(child, &values) { return found }
        values.removeLast()
        return nil
    }
}
