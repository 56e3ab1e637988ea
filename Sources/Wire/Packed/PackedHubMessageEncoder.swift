/// Writes what the hub says to one client over `presence.v1.packed`, where that is not the JSON of ``HubMessageEncoder``;
/// what all who watch a group are told is ``PackedGroupEncoder``'s.
package enum PackedHubMessageEncoder {
    /// The fixes are in Postgres.
    package static func ack(re: Int64?, processed: Int, to bytes: inout [UInt8]) {
        bytes.append(PackedTag.ack)
        bytes.append(packedID: re)
        bytes.append(packed: UInt64(processed))
    }
}
