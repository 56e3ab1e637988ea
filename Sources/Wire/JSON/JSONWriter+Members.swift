package import Model

/// Members, the shape of nearly everything a response holds. An optional that is `nil` leaves its member out.
extension JSONWriter {
    package mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        self.name(name)
        value(text)
    }

    package mutating func member(_ name: StaticString, _ number: Int?) {
        guard let number else { return }
        self.name(name)
        value(number)
    }

    package mutating func member(_ name: StaticString, _ number: Int64?) {
        guard let number else { return }
        self.name(name)
        value(number)
    }

    package mutating func member(_ name: StaticString, _ number: Double?) {
        guard let number else { return }
        self.name(name)
        value(number)
    }

    package mutating func member(_ name: StaticString, _ flag: Bool?) {
        guard let flag else { return }
        self.name(name)
        value(flag)
    }

    package mutating func member(_ name: StaticString, _ moment: Timestamp?) {
        guard let moment else { return }
        self.name(name)
        value(moment)
    }

    package mutating func member(_ name: StaticString, _ id: UniqueID?) {
        guard let id else { return }
        self.name(name)
        value(id)
    }

    package mutating func member(_ name: StaticString, _ tree: JSONValue?) {
        guard let tree else { return }
        self.name(name)
        value(tree)
    }

    /// A member that says `null`, where the contract asks for it to be there.
    package mutating func null(_ name: StaticString) {
        self.name(name)
        null()
    }

    package mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        object(body)
    }

    package mutating func array(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        array(body)
    }

    /// An array member with what `write` writes for each element; it must write one value.
    package mutating func array<Elements: Sequence>(
        _ name: StaticString, of elements: Elements, _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        self.name(name)
        beginArray()
        for element in elements { write(&self, element) }
        endArray()
    }
}
