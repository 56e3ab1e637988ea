/// Things put in on a loop and waited for in a test.
package final class Mailbox<Item: Sendable>: Sendable {
    private let stream: AsyncStream<Item>
    private let continuation: AsyncStream<Item>.Continuation

    package init() { (stream, continuation) = AsyncStream.makeStream(of: Item.self) }

    package func put(_ item: Item) { continuation.yield(item) }

    package func next() async -> Item? {
        var iterator = stream.makeAsyncIterator()
        return await iterator.next()
    }

    package func next(_ count: Int) async -> [Item] {
        var items: [Item] = []
        while items.count < count, let item = await next() { items.append(item) }
        return items
    }
}
