internal import FeatureKit
internal import Model
internal import Wire

/// What users may watch: the groups they are a member of, for as long as they are (docs/adr/0025).
extension StreamSession {
    /// Has the user let at a group. Others are served meanwhile; the answers to several come in the order of asking.
    func askToWatch(_ id: GroupID, for user: SignedInUser, re: Int64?) {
        guard let request = admissions?.add(id, re: re) else {
            return refuse(Refusal(.conflict, message: "Too many groups wait to be watched", id: re))
        }
        watches[id] = .asked(request.number)
        lookUp(for: user)
    }

    private func lookUp(for user: SignedInUser) {
        guard connection != nil, let request = admissions?.next() else { return }
        let visibility = node.visibility
        // Ends by itself: a query has a time limit. One a session at most.
        Task(executorPreference: loop) { [self] in
            let verdict: Result<Bool, Problem>
            do throws(Problem) {
                verdict = .success(try await visibility.isOpen(.group(request.group), to: user.id))
            } catch {
                verdict = .failure(error)
            }
            loop.preconditionIsolated()
            decided(request, verdict)
            lookUp(for: user)
        }
    }

    private func decided(_ request: WatchAdmissions.Request, _ verdict: Result<Bool, Problem>) {
        admissions?.finish()
        guard connection != nil else { return }
        // Given up meanwhile, or the membership has ended since; what was found says nothing any more.
        guard isWanted(request) else { return refuse(.givenUp(request.re)) }
        watches[request.group] = nil
        switch verdict {
        case .success(true): beginWatch(request.group, re: request.re)
        case .success(false): refuse(Refusal(.notFound, message: "There is no such group", id: request.re))
        case .failure(let problem):
            refuse(
                Refusal(problem.code, message: problem.message, id: request.re), retryAfter: problem.retryAfter)
        }
    }

    private func isWanted(_ request: WatchAdmissions.Request) -> Bool {
        guard case .asked(let number) = watches[request.group] else { return false }
        return number == request.number
    }

    /// Ends the watches of groups that the user is in no longer, and says so. Nothing more of them is sent.
    func endWatches(where isOver: (GroupID) -> Bool) {
        for (group, watch) in watches where isOver(group) {
            watches[group] = nil
            stop(watch, of: group)
            // One that was asked for and not yet granted is answered by itself.
            if case .asked = watch { continue }
            send { HubMessageEncoder.unwatched(group, to: &$0) }
        }
    }
}

extension Refusal {
    /// The client, or the end of a membership, took back what was asked for.
    fileprivate static func givenUp(_ re: Int64?) -> Refusal {
        Refusal(.conflict, message: "The watch was given up before it began", id: re)
    }
}
