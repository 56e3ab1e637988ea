internal import CUV

/// One piece of work on its way through libuv's thread pool.
@safe final class BlockingWork {
    private let request: UnsafeMutablePointer<uv_work_t>
    private let work: @Sendable () -> @Sendable () -> Void
    private var finish: (@Sendable () -> Void)?

    private init(_ work: @escaping @Sendable () -> @Sendable () -> Void) {
        unsafe request = .allocate(capacity: 1)
        self.work = work
    }

    deinit { unsafe request.deallocate() }

    /// Runs `work` on the pool and what it returns on the loop. Called on the loop.
    static func queue(on loop: Loop, _ work: @escaping @Sendable () -> @Sendable () -> Void) {
        let item = BlockingWork(work)
        unsafe item.request.pointee.data = Unmanaged.passRetained(item).toOpaque()
        let result = unsafe uv_queue_work(
            loop.raw, item.request,
            { request in
                guard let item = unsafe BlockingWork.at(request) else { return }
                item.finish = item.work()
            },
            { request, _ in
                guard let item = unsafe BlockingWork.at(request) else { return }
                // Cancelled only by a stopping loop; the caller is answered all the same.
                let finish = item.finish ?? item.work()
                unsafe Unmanaged.passUnretained(item).release()
                finish()
            })
        precondition(result == 0, "uv_queue_work refuses only a missing callback")
    }

    private static func at(_ request: UnsafeMutablePointer<uv_work_t>?) -> BlockingWork? {
        guard let data = unsafe request?.pointee.data else { return nil }
        return unsafe Unmanaged<BlockingWork>.fromOpaque(data).takeUnretainedValue()
    }
}
