internal import CUV
internal import Glibc

/// How a child process is started.
package struct ChildProcessOptions: Sendable {
    /// Where the child's standard output and error go.
    package enum Output: Hashable, Sendable {
        case inherit
        case discard
        /// A descriptor open in this process.
        case file(descriptor: Int32)
    }

    /// A path, or a name looked for in PATH.
    package var executable: String
    /// Without the program's own name.
    package var arguments: [String]
    /// The whole environment; this process's if `nil`.
    package var environment: [String: String]?
    package var workingDirectory: String?
    /// Which user the child becomes; needs root.
    package var userID: UInt32?
    package var groupID: UInt32?
    package var output = Output.inherit
    /// Where the standard error stream goes, if not with the output.
    package var errors: Output?
    /// A descriptor open in this process that the child reads; it has no input otherwise.
    package var input: Int32?
    /// Whether the child leads a session of its own, so that a Ctrl-C at the terminal does not reach it.
    package var isDetached = false

    package init(executable: String, arguments: [String] = [], environment: [String: String]? = nil) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}

/// How a child process ended.
package struct ChildProcessExit: Hashable, Sendable {
    /// What it returned; 0 if a signal ended it.
    package var status: Int
    /// The signal that ended it, or 0.
    package var signal: Int32

    package var isSuccess: Bool { status == 0 && signal == 0 }
}

/// A running child process.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`. The loop keeps it until
/// the child has ended; when the loop stops, the child is left to itself.
package final class ChildProcess: LoopHandle, @unchecked Sendable {
    private var onExit: ((ChildProcessExit) -> Void)?
    private var hasExited = false

    /// The child's process id.
    package private(set) var pid: Int32 = 0

    /// Starts a child. Called on `loop`.
    ///
    /// - Parameter onExit: Called once on the loop when it has ended.
    package static func spawn(
        _ options: ChildProcessOptions, on loop: Loop, onExit: @escaping (ChildProcessExit) -> Void
    ) throws(LoopError) -> ChildProcess {
        let process = ChildProcess(on: loop, onExit: onExit)
        try process.start(options)
        return process
    }

    /// Runs a child to its end. Any thread.
    package static func run(_ options: ChildProcessOptions, on loop: Loop) async throws(LoopError) -> ChildProcessExit {
        let result: Result<ChildProcessExit, LoopError> = await withCheckedContinuation { continuation in
            loop.execute {
                do throws(LoopError) {
                    _ = try spawn(options, on: loop) { continuation.resume(returning: .success($0)) }
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private init(on loop: Loop, onExit: @escaping (ChildProcessExit) -> Void) {
        self.onExit = onExit
        unsafe super.init(on: loop, size: MemoryLayout<uv_process_t>.size)
    }

    /// Sends a signal; harmless when the child has ended.
    package func kill(signal: Int32) {
        loop.preconditionIsolated()
        guard isHandleOpen, !hasExited else { return }
        unsafe uv_process_kill(raw.assumingMemoryBound(to: uv_process_t.self), signal)
    }

    private func start(_ options: ChildProcessOptions) throws(LoopError) {
        let arguments = CStrings([options.executable] + options.arguments)
        let environment = options.environment.map { CStrings($0.map { "\($0.key)=\($0.value)" }) }
        let directory = options.workingDirectory.map { CStrings([$0]) }
        let process = unsafe raw.assumingMemoryBound(to: uv_process_t.self)
        var settings = unsafe uv_process_options_t()
        unsafe settings.exit_cb = { process, status, signal in
            guard let process = unsafe LoopHandle.at(process, as: ChildProcess.self) else { return }
            process.exited(ChildProcessExit(status: Int(status), signal: signal))
        }
        unsafe settings.file = unsafe UnsafePointer(arguments[0])
        unsafe settings.args = unsafe arguments.pointers
        unsafe settings.env = unsafe environment?.pointers
        unsafe settings.cwd = unsafe directory.flatMap { unsafe UnsafePointer($0[0]) }
        if let user = options.userID {
            unsafe settings.flags |= UV_PROCESS_SETUID.rawValue
            unsafe settings.uid = user
        }
        if let group = options.groupID {
            unsafe settings.flags |= UV_PROCESS_SETGID.rawValue
            unsafe settings.gid = group
        }
        if options.isDetached { unsafe settings.flags |= UV_PROCESS_DETACHED.rawValue }
        let input = options.input.map { ChildProcessOptions.Output.file(descriptor: $0) } ?? .discard
        let outputs = [input, options.output, options.errors ?? options.output]
        var streams = unsafe outputs.indices.map { unsafe ChildProcess.stream(outputs[$0], of: Int32($0)) }
        // uv_spawn initialises the handle even when it fails: it must be closed either way.
        var result: Int32 = 0
        try open("uv_spawn") {
            result = unsafe streams.withUnsafeMutableBufferPointer { streams in
                unsafe settings.stdio = streams.baseAddress
                unsafe settings.stdio_count = Int32(streams.count)
                return unsafe uv_spawn(loop.raw, process, &settings)
            }
            return 0
        }
        if result < 0 {
            closeHandle()
            throw LoopError(operation: "uv_spawn", number: -result)
        }
        unsafe pid = process.pointee.pid
        _ = (arguments, environment, directory)
    }

    private static func stream(_ output: ChildProcessOptions.Output, of number: Int32) -> uv_stdio_container_t {
        var container = unsafe uv_stdio_container_t()
        switch output {
        case .discard: unsafe container.flags = UV_IGNORE
        case .inherit:
            unsafe container.flags = UV_INHERIT_FD
            unsafe container.data.fd = number
        case .file(let descriptor):
            unsafe container.flags = UV_INHERIT_FD
            unsafe container.data.fd = descriptor
        }
        return unsafe container
    }

    private func exited(_ exit: ChildProcessExit) {
        hasExited = true
        let onExit = onExit
        self.onExit = nil
        closeHandle()
        onExit?(exit)
    }
}

/// Strings as C takes them: a list of pointers ended by a null one.
@safe private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        unsafe pointers = .allocate(capacity: strings.count + 1)
        for (index, text) in strings.enumerated() { unsafe (pointers + index).initialize(to: strdup(text)) }
        unsafe (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }

    subscript(index: Int) -> UnsafeMutablePointer<CChar>? { unsafe pointers[index] }
}
