import HubTesting
import Testing

@testable import EventLoop

@Suite struct `A write queue` {
    /// A kernel that takes some of what it is given, in a buffer that holds little.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func `gives away every byte once and in order, however much is taken at a time`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 40, alignment: 1)
        defer { buffer.deallocate() }
        var queue = WriteQueue()
        var (appended, taken): ([UInt8], [UInt8]) = ([], [])
        for _ in 0..<400 {
            if Bool.random(using: &random) {
                let chunk = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                queue.append(chunk)
                appended += chunk
            } else if !queue.isEmpty {
                let next = Array(queue.next(joinedIn: buffer))
                #expect(!next.isEmpty && next.count <= queue.count)
                let count = Int.random(in: 0...next.count, using: &random)
                taken += next[..<count]
                queue.removeFirst(count)
            }
            #expect(queue.count == appended.count - taken.count)
            #expect(taken + queue.chunks.flatMap(\.self) == appended)
        }
        queue.removeAll()
        #expect(queue.isEmpty && queue.chunks.isEmpty)
    }
}
