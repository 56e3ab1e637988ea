internal import EventLoop
internal import Glibc
internal import Telemetry

extension PrivatePostgres {
    func initialize() async throws(PrivatePostgresError) {
        let layout = layout
        try await offload { () throws(PrivatePostgresError) in try layout.prepareInitialization() }
        var arguments = [
            "-D", layout.unfinished, "-U", layout.superuser, "--auth-local=trust", "--auth-host=reject",
            "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
        ]
        if !options.isDurable { arguments.append("--no-sync") }
        let exit: ChildProcessExit
        do throws(LoopError) {
            let (child, output) = childOptions("initdb", arguments)
            defer { close(output) }
            exit = try await ChildProcess.run(child, on: loop)
        } catch {
            throw .initialization(reason: error.description)
        }
        guard exit.isSuccess else {
            throw .initialization(reason: await loop.offload { layout.lastComplaint() })
        }
        try await offload { () throws(PrivatePostgresError) in try layout.finishInitialization() }
        log.info("private Postgres made", ["directory": .string(layout.cluster)])
    }

    /// Takes over a server that runs, or starts one.
    func launch() async throws(PrivatePostgresError) {
        let (layout, options) = (layout, options)
        let running = await loop.offload { Postmaster.running(in: layout.cluster) }
        if let running {
            if await canConnect(to: running) {
                await onLoop { if !self.isEnding { self.adopt(running) } }
                return
            }
            await endForeign(running)
        }
        try await endLeftovers()
        try await offload { () throws(PrivatePostgresError) in
            Postmaster.clearStaleFiles(in: layout.cluster, socketDirectory: layout.socketDirectory)
            try layout.prepareStart(options)
        }
        let spawned: Result<Void, LoopError> = await onLoop {
            do throws(LoopError) {
                return .success(self.isEnding ? () : try self.spawn())
            } catch {
                return .failure(error)
            }
        }
        do throws(LoopError) {
            try spawned.get()
        } catch {
            throw .start(reason: error.description)
        }
    }

    /// Polls with connections until one is accepted.
    func waitUntilReady() async throws(PrivatePostgresError) {
        let deadline = ContinuousClock.now.advanced(by: options.startTimeout)
        while ContinuousClock.now < deadline {
            if await isAccepting(within: .milliseconds(500)) {
                let pid = await processID() ?? 0
                log.info("private Postgres ready", ["pid": .integer(pid)])
                return
            }
            if await onLoop({ self.child == nil && self.adopted == nil && self.failures > 3 }) { break }
        }
        let layout = layout
        throw .start(reason: await loop.offload { layout.lastComplaint() })
    }

    private func isAccepting(within timeout: Duration) async -> Bool {
        var limits = PostgresLimits()
        limits.reconnect = Backoff(shortest: .milliseconds(10), longest: .milliseconds(30))
        let connection = PostgresConnection(url: url, limits: limits, on: loop)
        defer { loop.execute { connection.close() } }
        do throws(PostgresError) {
            try await connection.connected(within: timeout)
            return true
        } catch {
            return false
        }
    }

    /// A server left behind serves if its socket is where ours would be and it answers.
    private func canConnect(to postmaster: Postmaster) async -> Bool {
        guard postmaster.socketDirectory == layout.socketDirectory else { return false }
        return await isAccepting(within: .seconds(5))
    }

    /// Stops a server that an earlier hub left behind and that does not serve.
    private func endForeign(_ postmaster: Postmaster) async {
        log.warning("stopping a server left behind", ["pid": .integer(postmaster.pid)])
        for (signal, patience) in [(SIGINT, options.stopTimeout), (SIGQUIT, .seconds(10)), (SIGKILL, .seconds(5))] {
            _ = kill(postmaster.pid, signal)
            let deadline = ContinuousClock.now.advanced(by: patience)
            while ContinuousClock.now < deadline {
                guard await loop.offload({ Postmaster.isAlive(postmaster.pid) }) else { return }
                await pause(.milliseconds(20))
            }
        }
    }

    /// Waits for the processes of a server whose postmaster was killed, and ends those that do not end by themselves:
    /// Postgres does not start beside them, and what they had begun is undone by recovery in any case.
    private func endLeftovers() async throws(PrivatePostgresError) {
        let cluster = layout.cluster
        for attempt in 0..<500 {
            let leftovers = await loop.offload { Postmaster.leftovers(in: cluster) }
            if leftovers.isEmpty { return }
            if attempt == 20 || attempt == 100 {
                log.warning("ending what an earlier server left", ["processes": .integer(leftovers.count)])
                for pid in leftovers { _ = kill(pid, attempt == 20 ? SIGQUIT : SIGKILL) }
            }
            await pause(.milliseconds(10))
        }
        throw .start(reason: "processes of an earlier server do not end")
    }

    private func pause(_ duration: Duration) async {
        await withCheckedContinuation { continuation in
            loop.execute {
                self.timer = self.loop.schedule(after: duration) { continuation.resume() }
            }
        }
    }

    /// How one of the installation's programs is run, and the descriptor of the log, to be closed once it runs.
    func childOptions(_ program: String, _ arguments: [String]) -> (ChildProcessOptions, log: Int32) {
        let output = unsafe open(layout.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
        var options = ChildProcessOptions(
            executable: layout.installation.directory + "/" + program, arguments: arguments,
            environment: ["PATH": path, "LC_ALL": "C.UTF-8"])
        options.workingDirectory = layout.root
        options.userID = layout.owner?.user
        options.groupID = layout.owner?.group
        options.output = output >= 0 ? .file(descriptor: output) : .discard
        options.isDetached = true
        return (options, output)
    }

    private func offload(
        _ work: @escaping @Sendable () throws(PrivatePostgresError) -> Void
    ) async throws(PrivatePostgresError) {
        let result: Result<Void, PrivatePostgresError> = await loop.offload {
            do throws(PrivatePostgresError) {
                return .success(try work())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    func onLoop<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: work()) }
        }
    }
}
