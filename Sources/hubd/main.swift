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

let arguments = Array(CommandLine.arguments.dropFirst())
// A top-level `await` would give the main thread to Dispatch, which ends it in a way that valgrind does not survive. The
// task is the program, and nothing here awaits it: it ends the process.
Task.detached { [environment] in exit(await HubProgram.run(arguments, environment: environment).rawValue) }
while true { pause() }
