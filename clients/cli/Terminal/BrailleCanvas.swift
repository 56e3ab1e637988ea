/// A drawing of dots in a terminal, two across and four down in every character.
struct BrailleCanvas: Hashable, Sendable {
    let columns: Int
    let rows: Int
    /// Which dots of each character are set, row by row.
    private var cells: [UInt8]

    init(columns: Int, rows: Int) {
        self.columns = max(0, columns)
        self.rows = max(0, rows)
        cells = Array(repeating: 0, count: self.columns * self.rows)
    }

    /// Dots across and down.
    var width: Int { columns * 2 }
    var height: Int { rows * 4 }

    /// Sets a dot; one outside is left out.
    mutating func set(_ x: Int, _ y: Int) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        cells[y / 4 * columns + x / 2] |= BrailleCanvas.bits[y % 4][x % 2]
    }

    /// The dots from one to another. Both ends may be outside, as long as they are not far.
    mutating func draw(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
        let (across, down) = (end.x - start.x, end.y - start.y)
        let steps = min(max(abs(across), abs(down), 1), 10_000)
        for step in 0...steps { set(start.x + across * step / steps, start.y + down * step / steps) }
    }

    /// What is in a character's place; nothing where no dot is.
    func character(column: Int, row: Int) -> Character? {
        let cell = cells[row * columns + column]
        guard cell != 0, let scalar = Unicode.Scalar(0x2800 + UInt32(cell)) else { return nil }
        return Character(scalar)
    }

    /// As Unicode numbers them, by row and column.
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
}
