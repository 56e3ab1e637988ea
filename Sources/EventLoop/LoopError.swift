internal import CUV

/// Why libuv or the kernel would not give a loop what it asked for.
package struct LoopError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call that failed, such as `uv_loop_init`.
    package let operation: String
    /// The system's error number, positive.
    package let number: Int32

    package init(operation: String, number: Int32) {
        self.operation = operation
        self.number = number
    }

    package var description: String { "\(operation): \(errorText(number))" }
}

/// The system's text for an error number.
func errorText(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    return unsafe buffer.withUnsafeMutableBufferPointer { buffer in
        guard let text = unsafe uv_strerror_r(-number, buffer.baseAddress, buffer.count) else {
            return "error \(number)"
        }
        return unsafe String(cString: text)
    }
}

extension LoopError {
    /// Throws what a libuv call answered, if it is an error.
    static func check(_ result: Int32, _ operation: String) throws(LoopError) {
        guard result < 0 else { return }
        throw LoopError(operation: operation, number: -result)
    }
}
