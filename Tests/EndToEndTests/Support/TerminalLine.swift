/// What a person sees of what a program writes to a terminal in lines.
enum TerminalLine {
    static let erasure = "\r\u{1b}[K"

    /// The lines that are left when all of it was written: what was drawn over, or erased, is not.
    static func shown(_ output: String) -> [String] {
        output.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.split(separator: erasure, omittingEmptySubsequences: false).last ?? "")
        }
    }
}
