// embed-texts OUTPUT FILE…: writes Swift with a string literal for each file, which must be UTF-8.
import Foundation

/// What the file is called in the source: its name with `_` for whatever an identifier may not have, and for a digit in front.
func identifier(for name: String) -> String {
    var name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    if name.first?.isNumber == true { name.replaceSubrange(..<name.index(after: name.startIndex), with: "_") }
    return name
}

/// In one line, so that no end of a line is changed.
func literal(of text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": literal += "\\\\"
        case "\"": literal += "\\\""
        case "\n": literal += "\\n"
        case _ where scalar.properties.generalCategory == .control: literal += "\\u{\(String(scalar.value, radix: 16))}"
        default: literal.unicodeScalars.append(scalar)
        }
    }
    return literal + "\""
}

let arguments = CommandLine.arguments.dropFirst()
guard let output = arguments.first else {
    FileHandle.standardError.write(Data("usage: embed-texts OUTPUT FILE…\n".utf8))
    exit(64)
}
func fail(_ path: String, _ reason: String) -> Never {
    FileHandle.standardError.write(Data("\(path): error: \(reason)\n".utf8))
    exit(65)
}
var source = "/// The files of this module that are no sources, each under its name.\nenum PackageResources {\n"
var paths: [String: String] = [:]
for path in arguments.dropFirst() {
    let bytes = try Data(contentsOf: URL(filePath: path))
    guard let text = String(validating: bytes, as: UTF8.self) else {
        fail(path, "is not UTF-8")
    }
    let name = identifier(for: URL(filePath: path).lastPathComponent)
    if let other = paths.updateValue(path, forKey: name) { fail(path, "is called \(name), as is \(other)") }
    source += "    static let `\(name)` = \(literal(of: text))\n"
}
source += "}\n"
// What is the same keeps its time, so that nothing is compiled again.
let known = try? Data(contentsOf: URL(filePath: output))
if known != Data(source.utf8) { try Data(source.utf8).write(to: URL(filePath: output)) }
