import Wire

/// An object of an answer, whose members are looked up by name; one that is not there is empty.
struct AdminObject {
    private let value: JSONValue

    private init(_ value: JSONValue) { self.value = value }

    init(_ body: [UInt8]) throws(CommandFailure) {
        guard let value = try? JSONValue(body), case .object = value else {
            throw CommandFailure(.fault, "the hub's answer could not be understood")
        }
        self.value = value
    }

    func text(_ name: String) -> String {
        switch value[name] {
        case .string(let text): text
        case .boolean(let flag): flag ? "yes" : "no"
        case .integer(let number): String(number)
        case .number(let number): "\(number)"
        default: ""
        }
    }

    func integer(_ name: String) -> Int { if case .integer(let number) = value[name] { Int(number) } else { 0 } }

    func number(_ name: String) -> Double {
        switch value[name] {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: 0
        }
    }

    func flag(_ name: String) -> Bool { value[name] == .boolean(true) }

    func objects(_ name: String) -> [AdminObject] {
        if case .array(let elements) = value[name] { elements.map(AdminObject.init) } else { [] }
    }
}
