internal import EventLoop

extension PostgresConnection {
    /// Sends one unit of work, preceded by the preparation of statements this session has not seen.
    func send(
        _ queries: [PostgresQuery], deadline: LoopInstant, on handle: PostgresHandle,
        completion: @escaping (PostgresOutcome) -> Void
    ) {
        var isSent = true
        for query in queries where preparedNames[query.statement] == nil {
            isSent = isSent && sendPreparation(of: query.statement, deadline: deadline, on: handle)
        }
        for query in queries {
            let name = preparedNames[query.statement] ?? query.statement.name
            isSent = isSent && handle.sendQuery(name: name, query.parameters)
        }
        isSent = isSent && handle.sendSync()
        let work = PostgresWork(
            kind: .queries, deadline: deadline, statement: queries.first?.statement, meters: meters,
            completion: completion)
        inFlight.append(work)
        noteUse()
        guard isSent else { return lose(.connectionLost(handle.errorMessage)) }
        armDeadline(deadline)
        flush()
    }

    /// A unit of its own, so that a preparation is never undone by what comes after it.
    private func sendPreparation(
        of statement: PostgresStatement, deadline: LoopInstant, on handle: PostgresHandle
    ) -> Bool {
        // A number makes a name that was never used on this session, whatever became of an earlier preparation. It comes
        // first because Postgres silently cuts names at 63 bytes.
        preparations += 1
        let name = "\(preparations) \(statement.name)"
        preparedNames[statement] = name
        preparationErrors[statement] = nil
        inFlight.append(
            PostgresWork(kind: .preparation(statement), deadline: deadline, statement: statement, completion: nil))
        return handle.sendPrepare(name: name, sql: statement.sql) && handle.sendSync()
    }

    func flush() {
        guard let handle else { return }
        switch handle.flush() {
        case true?: watch(.readable)
        case false?: watch([.readable, .writable])
        case nil: lose(.connectionLost(handle.errorMessage))
        }
    }

    /// Moves bytes in both directions and hands out every answer that is complete.
    func exchange(_ events: DescriptorWatcher.Events) {
        guard let handle else { return }
        // Both may stand for an error of the socket, after which the watcher is silent. What the server said before it went
        // may still have to be read, so the watcher is armed again until reading itself fails.
        if events == [.readable, .writable] { watched = [] }
        if events.contains(.writable) { flush() }
        guard self.handle === handle else { return }
        if events.contains(.readable) || !events.contains(.writable) {
            let isAlive = handle.consumeInput()
            readAnswers(of: handle)
            if self.handle === handle { readNotifications(of: handle) }
            if !isAlive, self.handle === handle { return lose(.connectionLost(handle.errorMessage)) }
            // Taking input in may have left output behind.
            if self.handle === handle { flush() }
        }
    }

    private func readAnswers(of handle: PostgresHandle) {
        var emptyAnswers = 0
        while self.handle === handle, let work = inFlight.first, !handle.isBusy {
            let answer = handle.nextAnswer()
            if case .none = answer { emptyAnswers += 1 } else { emptyAnswers = 0 }
            switch answer {
            case .result(let result):
                if work.error == nil { work.results.append(result) }
            case .error(let error):
                if work.error == nil { work.error = error }
                if handle.isBroken { return lose(work.isExpired ? .connectionLost("lost") : work.error ?? error) }
            case .skipped: break
            case .synchronized: finish(work)
            case .none:
                // The end of one statement; of the whole script outside the pipeline.
                if case .script = work.kind {
                    guard handle.enterPipeline() else { return lose(.connectionLost(handle.errorMessage)) }
                    runsScript = false
                    finish(work)
                } else if emptyAnswers > 2 {
                    return lose(.connectionLost("the answers are out of step"))
                }
            case .unexpected: return lose(.connectionLost("an answer of an unknown kind"))
            }
        }
    }

    private func finish(_ work: PostgresWork) {
        inFlight.removeFirst()
        switch work.kind {
        case .preparation(let statement):
            if let error = work.error {
                preparedNames[statement] = nil
                preparationErrors[statement] = error
            }
        case .queries, .script:
            if let error = work.error {
                work.complete(.failure(refined(error, of: work)))
            } else {
                work.complete(.success(work.results))
            }
        }
        noteUse()
        // One that expired while it waited for its turn is running now.
        if let next = inFlight.first, next.isExpired, next.abandonAt == nil { cancel(next) }
        releaseHeldBack()
    }

    /// A statement that is not there was not prepared: says why, and lets its next use prepare it anew.
    private func refined(_ error: PostgresError, of work: PostgresWork) -> PostgresError {
        guard let statement = work.statement, case .server(let state, _, _) = error,
            state == .invalidStatementName || state == .featureNotSupported
        else { return error }
        preparedNames[statement] = nil
        return state == .invalidStatementName ? preparationErrors[statement] ?? error : error
    }

    /// Goes on after a script, or starts the next one when nothing is in flight.
    func releaseHeldBack() {
        while let handle, state == .ready, !runsScript, let next = heldBack.first {
            switch next.content {
            case .queries(let queries):
                heldBack.removeFirst()
                send(queries, deadline: next.deadline, on: handle, completion: next.completion)
            case .script(let script):
                guard inFlight.isEmpty else { return }
                heldBack.removeFirst()
                runsScript = true
                inFlight.append(
                    PostgresWork(
                        kind: .script, deadline: next.deadline, statement: nil, meters: meters,
                        completion: next.completion))
                noteUse()
                guard handle.exitPipeline(), handle.sendScript(script) else {
                    return lose(.connectionLost(handle.errorMessage))
                }
                armDeadline(next.deadline)
                flush()
            }
        }
    }
}
