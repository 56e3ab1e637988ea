/// What jobs and kinds of jobs may be called: they are labels of metrics and part of commands.
enum JobName {
    /// Snake case: 1 to 63 lower-case letters, digits and underscores, the first a letter.
    static func isGood(_ name: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return (1...63).contains(name.utf8.count)
            && name.utf8.first.map(letters.contains) == true
            && name.utf8.allSatisfy {
                letters.contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
            }
    }
}
