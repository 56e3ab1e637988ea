import Configuration
import Glibc
import Hub

// The environment is read once, here.
var environment: [String: String] = [:]
var entry = unsafe environ
while let text = unsafe entry.pointee {
    let pair = unsafe String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if pair.count == 2 { environment[String(pair[0])] = String(pair[1]) }
    unsafe entry += 1
}

let code = await HubProgram.run(Array(CommandLine.arguments.dropFirst()), environment: environment)
exit(code.rawValue)
