internal import CPostgres
internal import Glibc

/// One `PGconn`: the only place where libpq's connection functions are called.
///
/// `@unchecked Sendable`: made on a thread of the pool, because looking up a host's name blocks, then handed to one loop,
/// which alone calls it from then on.
@safe final class PostgresHandle: @unchecked Sendable {
    enum Progress {
        case wantsRead
        case wantsWrite
        case connected
        case failed
    }

    enum Answer {
        /// The rows or the count of one statement.
        case result(PostgresResult)
        case error(PostgresError)
        /// A statement that was skipped because one before it in its unit failed.
        case skipped
        /// The end of a unit of work.
        case synchronized
        /// Something this client never asks for (COPY).
        case unexpected
        /// The end of one statement's answers.
        case none
    }

    private let raw: OpaquePointer

    /// Begins to connect; blocks while a host name is looked up. `nil` only when memory is short.
    ///
    /// What the URL does not say gets defaults by which a dead peer is noticed within half a minute.
    init?(connectingTo url: String) {
        let settings = [
            ("fallback_application_name", "presence-hub"), ("keepalives_idle", "10"), ("keepalives_interval", "5"),
            ("keepalives_count", "3"), ("tcp_user_timeout", "20000"), ("dbname", url), ("client_encoding", "UTF8"),
        ]
        var pointers = unsafe settings.map { unsafe strdup($0.0) } + [nil]
        unsafe pointers += unsafe settings.map { unsafe strdup($0.1) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        let raw = unsafe pointers.map { unsafe UnsafePointer($0) }.withUnsafeBufferPointer { lists in
            unsafe PQconnectStartParams(
                lists.baseAddress, lists.baseAddress.map { unsafe $0 + settings.count + 1 }, 1)
        }
        guard let raw = unsafe raw else { return nil }
        unsafe self.raw = unsafe raw
        // The default prints to standard error.
        unsafe PQsetNoticeReceiver(raw, { _, _ in }, nil)
    }

    deinit { unsafe PQfinish(raw) }

    var socket: Int32 { unsafe PQsocket(raw) }
    var isBroken: Bool { unsafe PQstatus(raw) == CONNECTION_BAD }
    var backendPID: Int32 { unsafe PQbackendPID(raw) }

    /// libpq's last complaint, its first line only.
    var errorMessage: String {
        let text = unsafe PQerrorMessage(raw).map { unsafe String(cString: $0) } ?? ""
        let line = text.prefix { $0 != "\n" }
        return line.isEmpty ? "no connection" : String(line)
    }

    func continueConnecting() -> Progress {
        switch unsafe PQconnectPoll(raw) {
        case PGRES_POLLING_OK: .connected
        case PGRES_POLLING_READING: .wantsRead
        case PGRES_POLLING_WRITING: .wantsWrite
        default: .failed
        }
    }

    /// Turns the new connection non-blocking and pipelined.
    func enterPipeline() -> Bool {
        unsafe PQsetnonblocking(raw, 1) == 0 && PQenterPipelineMode(raw) == 1
    }

    /// Leaves pipelined mode; only when nothing is in flight.
    func exitPipeline() -> Bool { unsafe PQexitPipelineMode(raw) == 1 }

    func sendPrepare(name: String, sql: String) -> Bool { unsafe PQsendPrepare(raw, name, sql, 0, nil) == 1 }

    /// Sends the end of a unit of work.
    func sendSync() -> Bool { unsafe PQpipelineSync(raw) == 1 }

    /// Sends a script of several statements; only outside pipelined mode.
    func sendScript(_ sql: String) -> Bool { unsafe PQsendQuery(raw, sql) == 1 }

    func sendQuery(name: String, _ parameters: PostgresParameters) -> Bool {
        let ranges = parameters.values
        let lengths = ranges.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: ranges.count)
        return unsafe parameters.bytes.withUnsafeBytes { bytes in
            let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers: [UnsafePointer<CChar>?] = unsafe ranges.map { range in
                unsafe range.flatMap { range in unsafe base.map { unsafe $0 + range.lowerBound } }
            }
            return unsafe PQsendQueryPrepared(raw, name, Int32(ranges.count), pointers, lengths, formats, 1) == 1
        }
    }

    /// Whether everything left; if not, call again when the socket can be written. `nil` when the connection broke.
    func flush() -> Bool? {
        switch unsafe PQflush(raw) {
        case 0: true
        case 1: false
        default: nil
        }
    }

    /// Takes in what the socket has; false when the connection broke.
    func consumeInput() -> Bool { unsafe PQconsumeInput(raw) == 1 }

    /// Whether ``nextAnswer()`` would block.
    var isBusy: Bool { unsafe PQisBusy(raw) == 1 }

    /// The channel of the next notification that has come in, in the order in which they were sent.
    func nextNotification() -> String? {
        guard let notification = unsafe PQnotifies(raw) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return unsafe String(cString: notification.pointee.relname)
    }

    func nextAnswer() -> Answer {
        guard let result = unsafe PQgetResult(raw) else { return .none }
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            return unsafe .result(PostgresResult(raw: result))
        case PGRES_PIPELINE_SYNC:
            unsafe PQclear(result)
            return .synchronized
        case PGRES_PIPELINE_ABORTED:
            unsafe PQclear(result)
            return .skipped
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
            defer { unsafe PQclear(result) }
            return unsafe .error(PostgresHandle.error(of: result, connection: self))
        default:
            unsafe PQclear(result)
            return .unexpected
        }
    }

    /// What cancels the statement that is running now, wherever it is called.
    func canceller() -> PostgresCanceller? { unsafe PQgetCancel(raw).map { unsafe PostgresCanceller(raw: $0) } }

    private static func error(of result: OpaquePointer, connection: PostgresHandle) -> PostgresError {
        func field(_ code: Character) -> String? {
            unsafe PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { unsafe String(cString: $0) }
        }
        // PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY, PG_DIAG_CONSTRAINT_NAME. An error without a SQLSTATE is libpq's own.
        guard let state = field("C") else { return .connectionLost(connection.errorMessage) }
        return .server(SQLState(state), message: field("M") ?? "", constraint: field("n"))
    }
}

/// Asks the server to give up what a connection is doing.
///
/// `@unchecked Sendable`: a `PGcancel` is a copy of the connection's address and key, and one thread uses it once.
@safe final class PostgresCanceller: @unchecked Sendable {
    private let raw: OpaquePointer

    fileprivate init(raw: OpaquePointer) { unsafe self.raw = unsafe raw }

    deinit { unsafe PQfreeCancel(raw) }

    /// Connects, asks and waits for the server to have heard: blocks.
    func cancel() {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            _ = unsafe PQcancel(raw, buffer.baseAddress, 256)
        }
    }
}
