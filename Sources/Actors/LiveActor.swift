internal import Model

/// An actor of a loop, which callbacks of that loop and other actors there enter without a hop.
protocol LiveActor: Actor {
    /// The loop it lives on.
    nonisolated var scheduler: any LiveScheduler { get }
}

extension LiveActor {
    /// Runs `operation` at once, as `assumeIsolated` does, for what happens at every location.
    ///
    /// That costs some 400 instructions and a box a call: the runtime asks one executor after the other where it is, and
    /// what an operation captures is copied to the heap. Here the loop is asked alone, and the operation takes what it
    /// needs as its argument. It may capture, but then it costs a box again.
    ///
    /// - Precondition: The caller is on the actor's loop.
    @inline(__always)
    nonisolated func enter<Argument: Sendable, Value: Sendable>(
        with argument: Argument, _ operation: @escaping @Sendable (isolated Self, Argument) -> Value
    ) -> Value {
        scheduler.preconditionIsolated()
        // As the standard library does it: `isolated` is a promise of the caller's, not a part of how a function is called.
        let entered = unsafe unsafeBitCast(operation, to: (@Sendable (Self, Argument) -> Value).self)
        return entered(self, argument)
    }

    /// As above, for an operation that needs nothing.
    @inline(__always)
    nonisolated func enter<Value: Sendable>(
        _ operation: @escaping @Sendable (isolated Self) -> Value
    ) -> Value {
        scheduler.preconditionIsolated()
        let entered = unsafe unsafeBitCast(operation, to: (@Sendable (Self) -> Value).self)
        return entered(self)
    }
}
