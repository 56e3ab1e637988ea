package import HTTP
package import Model

/// What a caller may see and touch (rule 5 of the contract; docs/adr/0025). The one place that decides it: every route that
/// tells of a device or a group, or changes one, asks here before it looks anything up.
///
/// Whoever holds an API key reaches every device and group; a user their own devices, and the groups they are a member of.
/// What is not theirs does not exist for them: the answer is the one they get for what is not there. Postgres is asked each
/// time, so that what was committed holds from the next request on.
package struct Visibility: Sendable {
    private let people: (any PeopleStore)?

    /// - Parameter people: Without it nothing is any user's.
    package init(people: (any PeopleStore)? = nil) { self.people = people }

    /// What somebody wants to see or touch.
    package enum Subject: Hashable, Sendable {
        case device(DeviceID)
        case group(GroupID)
    }

    /// Lets a caller at a device.
    ///
    /// - Throws: What the caller is told instead.
    package func require(_ device: DeviceID, by principal: Principal) async throws(Problem) {
        try await require(.device(device), by: principal)
    }

    /// Lets a caller at a group.
    ///
    /// - Throws: What the caller is told instead.
    package func require(_ group: GroupID, by principal: Principal) async throws(Problem) {
        try await require(.group(group), by: principal)
    }

    package func require(_ subject: Subject, by principal: Principal) async throws(Problem) {
        switch principal {
        case .apiKey: return
        case .user(let user):
            guard try await isOpen(subject, to: user.id) else { throw .notFound }
        case .ticket, .anonymous: throw .notFound
        }
    }

    /// Whether a user may see or touch something.
    ///
    /// - Throws: While Postgres cannot be asked.
    package func isOpen(_ subject: Subject, to user: UserID) async throws(Problem) -> Bool {
        guard let people else { return false }
        do throws(DeviceStoreError) {
            return switch subject {
            case .device(let device): try await people.owner(of: device) == user
            case .group(let group): try await people.isMember(user, of: group)
            }
        } catch {
            throw Problem(error)
        }
    }

    /// As ``require(_:by:)`` for a route that answers when it likes: goes on with `work` on the request's loop, at once for
    /// the holder of a key, or answers with the problem itself.
    package func admit(
        _ request: RouteRequest, _ responder: HTTPResponder, to subject: Subject, _ work: @escaping @Sendable () -> Void
    ) {
        if case .apiKey = request.principal { return work() }
        // Abandoned with the request, whose responder keeps it.
        let asking = Task(executorPreference: request.loop) {
            do throws(Problem) {
                try await require(subject, by: request.principal)
                request.loop.preconditionIsolated()
                guard !responder.isAbandoned else { return }
                responder.onAbandoned = nil
                work()
            } catch {
                request.loop.preconditionIsolated()
                guard !responder.isAbandoned else { return }
                responder.fail(error, for: request)
            }
        }
        responder.onAbandoned = { asking.cancel() }
    }
}
