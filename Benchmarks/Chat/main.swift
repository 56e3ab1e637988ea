import Glibc

// Conversations under load, and storms of sign-ins: docs/benchmarks.md, "Conversations". `scripts/measure-chat.sh` starts
// the hub that this needs.
signal(SIGPIPE, SIG_IGN)
do throws(Failure) {
    let isSound = try await Scenario.run(try Options(Array(CommandLine.arguments.dropFirst())))
    exit(isSound ? 0 : 1)
} catch {
    Console.note(error.reason)
    exit(error.status)
}
