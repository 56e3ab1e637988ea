/// A line that is being written: characters as people see them, a cursor between them, and the lines before.
///
/// A value that knows no terminal. Ends of lines come in by pasting only, and belong to the text.
struct LineEditor: Hashable, Sendable {
    /// What a key led to.
    enum Outcome: Hashable, Sendable {
        /// The line may look different now.
        case edited
        /// Return was pressed; the line is empty again.
        case entered(String)
        /// Ctrl-C: the line is given up; whether there was one.
        case interrupted(hadText: Bool)
        /// Ctrl-D on an empty line.
        case ended
        /// Tab, Ctrl-L and what else the editor has no use for.
        case unused(Key)
    }

    /// The most characters of a line; what is typed beyond is not taken. A message has 4,000 scalars at most.
    static let longest = 8_000
    /// The lines that are remembered.
    static let longestHistory = 200

    private(set) var characters: [Character] = []
    /// 0 … `characters.count`.
    private(set) var cursor = 0
    private(set) var history: [String] = []
    /// Which line of the history is shown; nothing for a new one.
    private var recalled: Int?
    /// The new line while an old one is shown.
    private var draft: [Character] = []
    /// What was last cut, for Ctrl-Y.
    private var cut: [Character] = []

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    mutating func take(_ key: Key) -> Outcome {
        switch key {
        case .text(let text), .paste(let text): insert(text)
        case .enter: return enter()
        case .backspace, .control("h"): remove(cursor - 1..<cursor)
        case .delete: remove(cursor..<cursor + 1)
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(characters.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = characters.count
        case .wordLeft: cursor = wordStart
        case .wordRight: cursor = wordEnd
        case .up, .control("p"): recall(-1)
        case .down, .control("n"): recall(1)
        case .control("u"): cut(0..<cursor)
        case .control("k"): cut(cursor..<characters.count)
        case .control("w"): cut(wordStart..<cursor)
        case .control("y"): insert(String(cut))
        case .control("c"):
            let hadText = !characters.isEmpty
            clear()
            return .interrupted(hadText: hadText)
        case .control("d"):
            if characters.isEmpty { return .ended }
            remove(cursor..<cursor + 1)
        case .tab, .control: return .unused(key)
        }
        return .edited
    }

    private mutating func insert(_ text: String) {
        // A combining mark joins the character before it, so the text around the cursor is read anew.
        let head = String(characters[..<cursor]) + text
        let tail = characters[cursor...]
        let joined = Array(head)
        guard joined.count + tail.count <= LineEditor.longest else { return }
        cursor = joined.count
        characters = joined + tail
    }

    private mutating func remove(_ range: Range<Int>) {
        let range = range.clamped(to: 0..<characters.count)
        guard !range.isEmpty else { return }
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private mutating func cut(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        cut = Array(characters[range])
        remove(range)
    }

    private var wordStart: Int {
        var position = cursor
        while position > 0, characters[position - 1].isWhitespace { position -= 1 }
        while position > 0, !characters[position - 1].isWhitespace { position -= 1 }
        return position
    }

    private var wordEnd: Int {
        var position = cursor
        while position < characters.count, characters[position].isWhitespace { position += 1 }
        while position < characters.count, !characters[position].isWhitespace { position += 1 }
        return position
    }

    private mutating func enter() -> Outcome {
        let line = text
        if !line.isEmpty, history.last != line {
            history.append(line)
            if history.count > LineEditor.longestHistory { history.removeFirst() }
        }
        clear()
        return .entered(line)
    }

    private mutating func clear() {
        characters = []
        cursor = 0
        recalled = nil
        draft = []
    }

    private mutating func recall(_ step: Int) {
        let position = (recalled ?? history.count) + step
        guard (0...history.count).contains(position) else { return }
        if recalled == nil { draft = characters }
        recalled = position == history.count ? nil : position
        characters = recalled.map { Array(history[$0]) } ?? draft
        cursor = characters.count
    }
}
