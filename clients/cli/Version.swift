/// hubctl's version; it goes with the hub's.
enum Version {
    static let text = "0.1.0"
}
