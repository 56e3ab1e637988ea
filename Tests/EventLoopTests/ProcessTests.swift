import Glibc
import Testing

@testable import EventLoop

@Suite struct `A child process` {
    @Test(arguments: [0, 7]) func `tells how it ended`(status: Int) async throws {
        let loop = try Loop.start()
        let options = ChildProcessOptions(
            executable: "/bin/sh", arguments: ["-c", "exit $CODE"], environment: ["CODE": "\(status)"])
        let exit = try await ChildProcess.run(options, on: loop)
        #expect(exit == ChildProcessExit(status: status, signal: 0))
        await loop.stop()
    }

    @Test func `can be ended by a signal`() async throws {
        let loop = try Loop.start()
        let exit: ChildProcessExit = await withCheckedContinuation { done in
            loop.execute {
                let options = ChildProcessOptions(executable: "/bin/sleep", arguments: ["60"])
                let process = try? ChildProcess.spawn(options, on: loop) { done.resume(returning: $0) }
                process?.kill(signal: SIGTERM)
            }
        }
        #expect(exit == ChildProcessExit(status: 0, signal: SIGTERM))
        await loop.stop()
    }

    @Test func `that does not exist is an error that names the reason`() async throws {
        let loop = try Loop.start()
        let missing = ChildProcessOptions(executable: "/nowhere/at/all")
        await #expect(throws: LoopError(operation: "uv_spawn", number: ENOENT)) {
            try await ChildProcess.run(missing, on: loop)
        }
        await loop.stop()
    }
}

@Suite struct `A signal` {
    @Test func `reaches its watcher on the loop`() async {
        // In a process of its own: a signal is for the whole process.
        await #expect(processExitsWith: .exitCode(3)) {
            let loop = try Loop.start()
            await withCheckedContinuation { (_: CheckedContinuation<Void, Never>) in
                loop.execute {
                    nonisolated(unsafe) var watcher: SignalWatcher?
                    watcher = try? SignalWatcher(SIGUSR2, on: loop) {
                        watcher?.stop()
                        watcher = nil
                        exit(loop.isCurrent ? 3 : 1)
                    }
                    kill(getpid(), SIGUSR2)
                }
            }
        }
    }
}
