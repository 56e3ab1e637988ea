internal import Model

extension GroupActor {
    /// Tells `observer` of every change from now on, what this turn changed included.
    ///
    /// - Returns: The group as it is now, for the observer to send before anything that is delivered to it. One that
    ///   watches already gets a fresh one.
    package func observe(_ observer: any GroupObserver) throws(LiveUnavailable) -> GroupSnapshot {
        guard !isRetired else { throw .unloaded }
        if let index = audience.index(of: observer) {
            audience.forgive(index)
        } else {
            guard audience.count < services.limits.observersPerGroup else { throw .overloaded }
            audience.add(observer)
            services.counters.observers += 1
        }
        markUsed()
        return state.snapshot
    }

    /// Delivers nothing more to `observer`; harmless if it does not watch.
    package func unobserve(_ observer: any GroupObserver) {
        guard let index = audience.index(of: observer) else { return }
        audience.remove(at: index)
        services.counters.observers -= 1
        markUsed()
    }

    /// The observer, which had enough, has room again: it gets the newest of what it missed, at once.
    package func drained(_ observer: any GroupObserver) {
        guard let index = audience.index(of: observer), var missed = audience.release(index) else { return }
        if missed.membership {
            catchUp(observer, .everything) { services.encoder.snapshot(state.snapshot, re: nil) }
            return
        }
        while let slot = missed.presences.popFirst() {
            guard let (device, shown) = state.presence(at: slot) else { continue }
            let keepsUp = catchUp(observer, .presence(slot)) {
                services.encoder.presence(shown, of: device, in: id)
            }
            guard keepsUp else {
                if let index = audience.index(of: observer) { audience.hold(index, missed) }
                return
            }
        }
        let positions = state.positions(of: missed.positions)
        guard !positions.isEmpty else { return }
        catchUp(observer, .positions(missed.positions)) { services.encoder.positions(positions, in: id) }
    }

    func tellMembership(_ change: MembershipChange) {
        fanOut(.everything) { services.encoder.member(change, in: id) }
    }

    func tellPresences() {
        var changed = state.takeStirred()
        while let slot = changed.popFirst() {
            guard let (device, shown) = state.presence(at: slot) else { continue }
            fanOut(.presence(slot)) { services.encoder.presence(shown, of: device, in: id) }
        }
    }

    func tellPositions() {
        let moved = state.takeMoved()
        fanOut(.positions(moved), except: mover(of: moved)) {
            services.encoder.positions(state.positions(of: moved), in: id)
        }
    }

    /// Who alone has moved: a device ignores its own positions, and a frame with nothing else need not be sent to it.
    private func mover(of moved: MemberSet) -> (any DeviceSession)? {
        var moved = moved
        guard let slot = moved.popFirst(), moved.isEmpty, let device = state.actor(at: slot) else { return nil }
        return device.assumeIsolated { $0.onlySession }
    }

    /// Delivers one frame to every observer that keeps up, and notes for the others what they miss.
    ///
    /// - Parameter mover: Not sent the frame, if it watches.
    private func fanOut(
        _ content: Audience.Missed, except mover: (any DeviceSession)? = nil, _ encode: () -> [UInt8]
    ) {
        guard audience.count > 0 else { return }
        if audience.behind > 0 { audience.holdBack(content) }
        guard audience.isListening else { return }
        let frame = encode()
        services.counters.frames += 1
        let observers = audience.observers
        let version = audience.version
        var taken = 0
        for index in observers.indices {
            if audience.version != version {
                // Somebody came or went while being told: where the others are must be looked up.
                for observer in observers[index...] { taken += deliver(frame, to: observer, content) ? 1 : 0 }
                break
            }
            if audience.behind > 0, audience.isBehind(index) { continue }
            if let mover, observers[index] === mover { continue }
            let admission = observers[index].deliver(frame, of: id)
            if admission != .dropped { taken += 1 }
            if admission != .accepted { stall(observers[index], admission, content) }
        }
        services.counters.deliveries += taken
    }

    private func deliver(_ frame: [UInt8], to observer: any GroupObserver, _ content: Audience.Missed) -> Bool {
        guard let index = audience.index(of: observer), !audience.isBehind(index) else { return false }
        let admission = observer.deliver(frame, of: id)
        if admission != .accepted { stall(observer, admission, content) }
        return admission != .dropped
    }

    /// - Returns: Whether the observer keeps up.
    @discardableResult
    private func catchUp(_ observer: any GroupObserver, _ content: Audience.Missed, _ encode: () -> [UInt8]) -> Bool {
        services.counters.frames += 1
        let admission = observer.deliver(encode(), of: id)
        if admission != .dropped { services.counters.deliveries += 1 }
        if admission != .accepted { stall(observer, admission, content) }
        return admission == .accepted
    }

    private func stall(_ observer: any GroupObserver, _ admission: Admission, _ content: Audience.Missed) {
        guard let index = audience.index(of: observer) else { return }
        let isNew = audience.hold(index, admission == .dropped ? content : Audience.Missed())
        if isNew { services.counters.stalls += 1 }
    }
}
