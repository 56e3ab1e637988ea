package import EventLoop
internal import Glibc

/// `pg_dump`, `pg_restore` and `psql` of one installation.
package struct PostgresTools: Sendable {
    private let directory: String

    /// Those of the newest installation, or of the one in `directory` if that is not empty; nothing if there are none. Blocks.
    ///
    /// - Parameter major: The version to take if it is installed: that of the files they are used for.
    package static func find(in directory: String, preferring major: Int? = nil) -> PostgresTools? {
        guard directory.isEmpty else { return PostgresTools(directory: directory) }
        let versions = FileSystem.names(in: "/usr/lib/postgresql").compactMap { Int($0) }.sorted(by: >)
        let preferred = versions.filter { $0 == major } + versions.filter { $0 != major }
        let searched = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let places = preferred.map { "/usr/lib/postgresql/\($0)/bin" } + searched.split(separator: ":").map(String.init)
        return places.lazy.compactMap { PostgresTools(directory: $0) }.first
    }

    private init?(directory: String) {
        for program in ["pg_dump", "pg_restore", "psql"] {
            guard unsafe access("\(directory)/\(program)", X_OK) == 0 else { return nil }
        }
        self.directory = directory
    }

    /// Dumps schemas in Postgres' custom format, which is compressed.
    ///
    /// - Parameters:
    ///   - snapshot: One that another session has exported and keeps.
    ///   - sink: Called off the loop with every piece; what it throws ends the dump.
    package func dump(
        _ schemas: [String], extensions: [String], of url: PostgresURL, snapshot: String, on loop: Loop,
        to sink: @escaping @Sendable (ArraySlice<UInt8>) throws(PostgresToolError) -> Void
    ) async throws(PostgresToolError) {
        let output = try Pipe()
        var arguments = ["--format=custom", "--no-owner", "--no-privileges", "--no-password", "--snapshot=\(snapshot)"]
        arguments += schemas.map { "--schema=\($0)" } + extensions.map { "--extension=\($0)" }
        let run = try await ToolRun.start(
            options("pg_dump", arguments, url.environment), output: output.writeEnd, on: loop)
        output.closeWriteEnd()
        let copied = await loop.offload { Result { () throws(PostgresToolError) in try output.drain(into: sink) } }
        output.closeReadEnd()
        try await run.succeeded()
        try copied.get()
    }

    /// Restores a dump in one transaction: all of it is there afterwards, or everything is as it was.
    ///
    /// - Parameters:
    ///   - schemas: What is dropped first, in the same transaction.
    ///   - source: Called off the loop for piece after piece; an empty one is the end. What it throws undoes everything.
    package func restore(
        into url: PostgresURL, replacing schemas: [String], on loop: Loop,
        from source: @escaping @Sendable () throws(PostgresToolError) -> [UInt8]
    ) async throws(PostgresToolError) {
        let (archive, script, target) = (try Pipe(), try Pipe(), try Pipe())
        let psql = try await ToolRun.start(
            options(
                "psql",
                [
                    "--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1",
                    "--command=\(PostgresTools.dropping(schemas))", "--file=-",
                ], url.environment), input: target.readEnd, on: loop)
        target.closeReadEnd()
        let reader: ToolRun
        do throws(PostgresToolError) {
            reader = try await ToolRun.start(
                options(
                    "pg_restore",
                    ["--format=custom", "--no-owner", "--no-privileges", "--exit-on-error", "--file=-"], [:]),
                input: archive.readEnd, output: script.writeEnd, on: loop)
        } catch {
            await psql.kill()
            throw error
        }
        archive.closeReadEnd()
        script.closeWriteEnd()
        async let fed = loop.offload {
            defer { archive.closeWriteEnd() }
            return Result { () throws(PostgresToolError) in
                while case let piece = try source(), !piece.isEmpty { try archive.write(piece[...]) }
            }
        }
        let passed = await loop.offload {
            defer { script.closeReadEnd() }
            return Result { () throws(PostgresToolError) in
                try script.drain { bytes throws(PostgresToolError) in try target.write(bytes) }
            }
        }
        let feeding = await fed
        let reading = await Result { () async throws(PostgresToolError) in try await reader.succeeded() }
        // psql commits at the end of its input: it must not see one unless all of the dump has come.
        if case .success = feeding, case .success = passed, case .success = reading {
            target.closeWriteEnd()
            return try await psql.succeeded()
        }
        // If psql ended first, it knows best why; the others then only found their pipes closed.
        let refusal = await psql.kill()
        target.closeWriteEnd()
        if let refusal { throw refusal }
        try feeding.get()
        try reading.get()
        try passed.get()
    }

    private static func dropping(_ schemas: [String]) -> String {
        let names = schemas.map { "\"\($0)\"" }.joined(separator: ", ")
        return "SET client_min_messages = warning" + (names.isEmpty ? "" : "; DROP SCHEMA IF EXISTS \(names) CASCADE")
    }

    private func options(
        _ program: String, _ arguments: [String], _ environment: [String: String]
    ) -> ChildProcessOptions {
        var all = environment
        all["PATH"] = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
        all["LC_ALL"] = "C.UTF-8"
        var options = ChildProcessOptions(
            executable: "\(directory)/\(program)", arguments: arguments, environment: all)
        // A Ctrl-C is this process's to act on.
        options.isDetached = true
        return options
    }
}

extension Result where Success == Void {
    fileprivate init(_ body: () async throws(Failure) -> Void) async {
        do throws(Failure) {
            try await body()
            self = .success(())
        } catch {
            self = .failure(error)
        }
    }
}

/// Why one of Postgres' programs did not do what it was asked.
package enum PostgresToolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It cannot be started.
    case start(program: String, reason: String)
    /// It failed; the reason is the first line that it wrote.
    case failed(program: String, reason: String)
    /// A pipe or a file failed.
    case file(reason: String)
    /// Whoever gave or took the bytes gave up.
    case aborted(reason: String)

    package var description: String {
        switch self {
        case .start(let program, let reason): "\(program) cannot be run: \(reason)"
        case .failed(let program, let reason): "\(program) failed: \(reason)"
        case .file(let reason): reason
        case .aborted(let reason): reason
        }
    }
}
