import Model
import Testing

@testable import ChatBenchmark

@Suite struct `The name of a message` {
    @Test(arguments: [(0, 0), (4, 17), (65_535, 4_294_967_295)])
    func `its client id tells it again, in its run and conversation alone`(member: Int, number: Int) {
        let name = MessageName(member: member, number: number)
        let id = name.clientID(run: 0xdead_beef, conversation: 199)
        #expect(MessageName(id, run: 0xdead_beef, conversation: 199) == name)
        #expect(MessageName(id, run: 1, conversation: 199) == nil)
        #expect(MessageName(id, run: 0xdead_beef, conversation: 198) == nil)
        #expect(id.description.dropFirst(14).first == "8")
        #expect(id.description.dropFirst(19).first == "8")
    }

    @Test func `an id of another kind names nothing`() {
        let id = UniqueID(high: 0x0190_d2f4_7d3a_7c61, low: 0xb0d1_5f0a_4c1e_2b3d)
        #expect(MessageName(id, run: 0x0190_d2f4, conversation: 0x7d3a) == nil)
    }
}
