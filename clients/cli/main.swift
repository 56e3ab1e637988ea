import Foundation
import Glibc

// A reader that leaves (`hubctl watch --json | head`) ends the writing, not the process in mid-air.
signal(SIGPIPE, SIG_IGN)
let code = await CommandTable.run(
    Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment)
Output.end(code)
