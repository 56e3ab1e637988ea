/// What one member of a conversation has sent, and what it has received, in order: decides what is sent and what is wrong,
/// and touches no socket.
///
/// Numbers of messages count from 1, without gaps. A member gets its own messages as acknowledgements on the connection
/// that sent them, and those may arrive before or after messages of others with neighbouring numbers; live messages come in
/// order, and what was missed comes in pages.
struct MemberLedger: Sendable {
    enum Arrival: Sendable {
        /// Told as it happened.
        case live
        /// In answer to `sync`.
        case page
    }

    /// The member's place in the conversation.
    let member: Int
    /// Messages of one connection that may wait for their acknowledgements.
    let window: Int
    /// What it has, the first at 0: complete up to its end.
    private(set) var log: [MessageName] = []
    /// The number under which each own message was acknowledged; 0 for one that was not.
    private(set) var acknowledged: [Int64] = []
    /// Own messages without acknowledgement.
    private(set) var unacknowledged = 0
    /// Messages that came by page and live, as may happen until the member has caught up.
    private(set) var overlaps = 0

    /// What came early, behind the end of ``log``.
    private var ahead: [Int64: MessageName] = [:]
    /// Numbers that an acknowledgement of this connection told, and that no live message has repeated.
    private var toldByAck: Set<Int64> = []
    private var isCatchingUp = false
    /// The greatest number that was told on this connection otherwise than by an acknowledgement.
    private var told: Int64 = 0

    private var inFlight: Set<Int> = []
    /// No own message before it is to be sent, unless it is in flight.
    private var cursor = 0
    private var firstUnacknowledged = 0

    init(member: Int, window: Int = 200) {
        self.member = member
        self.window = window
    }

    /// Whether nothing is missing between what has come.
    var isWhole: Bool { ahead.isEmpty }

    // MARK: Sending

    /// Makes one more message that is to be sent.
    ///
    /// - Returns: Its number among the member's own.
    mutating func compose() -> Int {
        acknowledged.append(0)
        unacknowledged += 1
        return acknowledged.count - 1
    }

    /// The own message to be sent next on this connection; it is in flight from now on. Nothing if none is, or the window
    /// is full.
    mutating func nextToSend() -> Int? {
        guard inFlight.count < window else { return nil }
        while cursor < acknowledged.count {
            defer { cursor += 1 }
            if acknowledged[cursor] == 0, inFlight.insert(cursor).inserted { return cursor }
        }
        return nil
    }

    /// The hub asked to send a message later.
    mutating func mustSendAgain(_ number: Int) {
        inFlight.remove(number)
        cursor = min(cursor, number)
    }

    mutating func acknowledge(_ number: Int, as sequence: Int64) -> LedgerFault? {
        guard acknowledged.indices.contains(number) else { return .stranger }
        inFlight.remove(number)
        guard sequence > 0 else { return .noNumber }
        if acknowledged[number] == 0 {
            acknowledged[number] = sequence
            unacknowledged -= 1
            while firstUnacknowledged < acknowledged.count, acknowledged[firstUnacknowledged] != 0 {
                firstUnacknowledged += 1
            }
        } else if acknowledged[number] != sequence {
            return .twoNumbers
        }
        toldByAck.insert(sequence)
        return place(MessageName(member: member, number: number), at: sequence)
    }

    // MARK: The connection

    /// A connection is open, and the member begins to catch up.
    ///
    /// - Returns: The number of the last message before which it has all.
    mutating func connect() -> Int64 {
        disconnect()
        isCatchingUp = true
        return Int64(log.count)
    }

    /// The hub has told all that there was: from here on nothing comes twice.
    mutating func caughtUp() -> LedgerFault? {
        isCatchingUp = false
        return isExplained(upTo: told) ? nil : .gap
    }

    /// What came early is forgotten, for it will be asked for.
    mutating func disconnect() {
        isCatchingUp = false
        told = 0
        ahead = [:]
        toldByAck = []
        inFlight = []
        cursor = firstUnacknowledged
    }

    // MARK: Receiving

    mutating func receive(_ name: MessageName, at sequence: Int64, by arrival: Arrival) -> LedgerFault? {
        guard sequence > 0 else { return .noNumber }
        if name.member == member {
            guard acknowledged.indices.contains(name.number) else { return .stranger }
            let known = acknowledged[name.number]
            if known != 0, known != sequence { return .twoNumbers }
        }
        told = max(told, sequence)
        if let known = known(at: sequence) {
            guard known == name else { return .twoUnderOneNumber }
            if isCatchingUp {
                overlaps += 1
                return nil
            }
            // A message of another connection of one's own is told live, and acknowledged when it is sent again.
            if arrival == .live, toldByAck.remove(sequence) != nil { return nil }
            return .twice
        }
        let isEarly = sequence > Int64(log.count) + 1
        let fault = place(name, at: sequence)
        guard fault == nil, isEarly else { return fault }
        // A page begins where what is known ends.
        if arrival == .page { return .gap }
        return isCatchingUp || isExplained(upTo: sequence) ? nil : .gap
    }

    private func known(at sequence: Int64) -> MessageName? {
        sequence <= Int64(log.count) ? log[Int(sequence) - 1] : ahead[sequence]
    }

    private mutating func place(_ name: MessageName, at sequence: Int64) -> LedgerFault? {
        if let known = known(at: sequence) { return known == name ? nil : .twoUnderOneNumber }
        ahead[sequence] = name
        while let next = ahead.removeValue(forKey: Int64(log.count) + 1) { log.append(next) }
        return nil
    }

    /// Whether what is missing before a message may be the member's own, whose acknowledgements are on their way.
    private func isExplained(upTo sequence: Int64) -> Bool {
        guard sequence > Int64(log.count) else { return true }
        let present = ahead.keys.count { $0 <= sequence }
        return Int(sequence) - log.count - present <= inFlight.count
    }
}
