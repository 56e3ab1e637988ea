internal import Model
internal import Telemetry

extension GroupActor {
    /// Those who watch, in whatever dialect.
    var observerCount: Int { audience.count + (deflated?.count ?? 0) + (packed?.audience.count ?? 0) }

    /// Tells `observer` of every change from now on, what this turn changed included.
    ///
    /// - Returns: The group as it is now, for the observer to send, as ``frame(of:re:in:)``, before anything that is
    ///   delivered to it. One that watches already gets a fresh one.
    package func observe(_ observer: any GroupObserver) throws(LiveUnavailable) -> GroupSnapshot {
        guard !isRetired else { throw .unloaded }
        if let audience = audience(in: observer.dialect), let index = audience.index(of: observer) {
            audience.forgive(index)
        } else {
            guard observerCount < services.limits.observersPerGroup else { throw .overloaded }
            switch observer.dialect {
            case .json: audience.add(observer)
            case .deflated:
                let deflated = deflated ?? Audience()
                deflated.add(observer)
                self.deflated = deflated
            case .packed:
                let packed = packed ?? PackedAudience(services.encoder.packed(id))
                packed.audience.add(observer)
                self.packed = packed
            }
            services.meters.observers.add(1)
        }
        markUsed()
        return state.snapshot
    }

    /// The snapshot, which must be the newest, as those in a dialect get it.
    ///
    /// - Parameter re: The `id` of the request it answers; `nil` when a slow reader gets it in place of what it missed.
    package func frame(of snapshot: GroupSnapshot, re: Int64?, in dialect: Dialect) -> [UInt8] {
        switch dialect {
        case .json, .deflated: written(services.encoder.snapshot(snapshot, re: re), in: dialect)
        case .packed: (packed?.encoder ?? services.encoder.packed(id)).snapshot(snapshot, re: re)
        }
    }

    /// Delivers nothing more to `observer`; harmless if it does not watch.
    package func unobserve(_ observer: any GroupObserver) {
        guard let audience = audience(in: observer.dialect), let index = audience.index(of: observer) else { return }
        audience.remove(at: index)
        if deflated?.count == 0 { deflated = nil }
        if packed?.audience.count == 0 { packed = nil }
        services.meters.observers.add(-1)
        markUsed()
    }

    /// The observer, which had enough, has room again: it gets the newest of what it missed, at once.
    package func drained(_ observer: any GroupObserver) {
        let dialect = observer.dialect
        guard let audience = audience(in: dialect), let index = audience.index(of: observer),
            var missed = audience.release(index)
        else { return }
        if missed.membership {
            catchUp(observer, in: audience, .everything) { frame(of: state.snapshot, re: nil, in: dialect) }
            return
        }
        while let slot = missed.presences.popFirst() {
            guard let (device, shown) = state.presence(at: slot) else { continue }
            let keepsUp = catchUp(observer, in: audience, .presence(slot)) {
                packedEncoder(in: dialect)?.presence(shown, of: slot)
                    ?? written(services.encoder.presence(shown, of: device, in: id), in: dialect)
            }
            guard keepsUp else {
                if let index = audience.index(of: observer) { audience.hold(index, missed) }
                return
            }
        }
        let positions = state.positions(of: missed.positions)
        guard !positions.isEmpty else { return }
        catchUp(observer, in: audience, .positions(missed.positions)) {
            packedEncoder(in: dialect)?.restated(positions)
                ?? written(services.encoder.positions(positions, in: id), in: dialect)
        }
    }

    private func audience(in dialect: Dialect) -> Audience? {
        switch dialect {
        case .json: audience
        case .deflated: deflated
        case .packed: packed?.audience
        }
    }

    private func packedEncoder(in dialect: Dialect) -> (any PackedEncoder)? {
        dialect == .packed ? packed?.encoder : nil
    }

    /// A frame of JSON as those in a dialect get it who are told in JSON.
    private func written(_ frame: [UInt8], in dialect: Dialect) -> [UInt8] {
        dialect == .deflated ? services.encoder.deflated(frame) : frame
    }

    // MARK: Telling all

    /// - Parameter slot: The member's, or what was its.
    func tellMembership(_ change: MembershipChange, of slot: Int?) {
        fanOut(.everything) { services.encoder.member(change, in: id) }
        guard let packed, let slot else { return }
        if case .left = change { packed.encoder.forget(slot) }
        guard admits(.everything, packed.audience) else { return }
        send(packed.encoder.member(change, number: slot), .everything, to: packed.audience, except: nil)
    }

    func tellPresences() {
        var changed = state.takeStirred()
        while let slot = changed.popFirst() {
            guard let (device, shown) = state.presence(at: slot) else { continue }
            fanOut(.presence(slot)) { services.encoder.presence(shown, of: device, in: id) }
            guard let packed, admits(.presence(slot), packed.audience) else { continue }
            send(packed.encoder.presence(shown, of: slot), .presence(slot), to: packed.audience, except: nil)
        }
    }

    func tellPositions() {
        let moved = state.takeMoved()
        let mover = mover(of: moved)
        state.append(positionsOf: moved, to: &services.positions)
        defer { services.positions.removeAll(keepingCapacity: true) }
        fanOut(.positions(moved), except: mover) {
            services.encoder.positions(services.positions, in: id)
        }
        guard let packed, admits(.positions(moved), packed.audience) else { return }
        let positions = packed.encoder.positions(services.positions)
        // What later frames build on, the mover has to have too.
        send(positions.frame, .positions(moved), to: packed.audience, except: positions.isFoundation ? nil : mover)
    }

    /// Who alone has moved: a device ignores its own positions, and a frame with nothing else need not be sent to it.
    private func mover(of moved: MemberSet) -> (any DeviceSession)? {
        var moved = moved
        guard let slot = moved.popFirst(), moved.isEmpty, let device = state.actor(at: slot) else { return nil }
        return device.enter { $0.onlySession }
    }

    /// Delivers one frame to every observer that is told in JSON and keeps up, and notes for the others what they miss.
    ///
    /// - Parameters:
    ///   - mover: Not sent the frame, if it watches.
    ///   - encode: Called once at most, and compressed once at most, however many there are.
    private func fanOut(
        _ content: Audience.Missed, except mover: (any DeviceSession)? = nil, _ encode: () -> [UInt8]
    ) {
        guard let deflated else {
            guard admits(content, audience) else { return }
            return send(encode(), content, to: audience, except: mover)
        }
        let isRead = admits(content, audience)
        let isReadDeflated = admits(content, deflated)
        guard isRead || isReadDeflated else { return }
        let frame = encode()
        if isRead { send(frame, content, to: audience, except: mover) }
        if isReadDeflated { send(services.encoder.deflated(frame), content, to: deflated, except: mover) }
    }

    /// Notes for those who are behind what they miss.
    ///
    /// - Returns: Whether anybody keeps up, for whom a frame is to be encoded.
    private func admits(_ content: Audience.Missed, _ audience: Audience) -> Bool {
        guard audience.count > 0 else { return false }
        if audience.behind > 0 { audience.holdBack(content) }
        return audience.isListening
    }

    private func send(
        _ frame: [UInt8], _ content: Audience.Missed, to audience: Audience, except mover: (any DeviceSession)?
    ) {
        services.meters.frames.add(1)
        let observers = audience.observers
        let version = audience.version
        var taken = 0
        for index in observers.indices {
            if audience.version != version {
                // Somebody came or went while being told: where the others are must be looked up.
                for observer in observers[index...] {
                    taken += deliver(frame, to: observer, in: audience, content) ? 1 : 0
                }
                break
            }
            if audience.behind > 0, audience.isBehind(index) { continue }
            if let mover, observers[index] === mover { continue }
            // Not compared with `==`, which for a type of another module is a call.
            switch observers[index].deliver(frame, of: id) {
            case .accepted: taken += 1
            case .congested:
                taken += 1
                stall(observers[index], in: audience, .congested, content)
            case .dropped: stall(observers[index], in: audience, .dropped, content)
            }
        }
        services.meters.deliveries.add(taken)
    }

    private func deliver(
        _ frame: [UInt8], to observer: any GroupObserver, in audience: Audience, _ content: Audience.Missed
    ) -> Bool {
        guard let index = audience.index(of: observer), !audience.isBehind(index) else { return false }
        let admission = observer.deliver(frame, of: id)
        if admission != .accepted { stall(observer, in: audience, admission, content) }
        return admission != .dropped
    }

    /// - Returns: Whether the observer keeps up.
    @discardableResult
    private func catchUp(
        _ observer: any GroupObserver, in audience: Audience, _ content: Audience.Missed, _ encode: () -> [UInt8]
    ) -> Bool {
        services.meters.frames.add(1)
        let admission = observer.deliver(encode(), of: id)
        if admission != .dropped { services.meters.deliveries.add(1) }
        if admission != .accepted { stall(observer, in: audience, admission, content) }
        return admission == .accepted
    }

    private func stall(
        _ observer: any GroupObserver, in audience: Audience, _ admission: Admission, _ content: Audience.Missed
    ) {
        guard let index = audience.index(of: observer) else { return }
        let isNew = audience.hold(index, admission == .dropped ? content : Audience.Missed())
        if isNew { services.meters.stalls.add(1) }
    }
}
