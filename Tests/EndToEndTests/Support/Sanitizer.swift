import Glibc

/// Whether this build is watched by a sanitizer, which keeps memory of its own.
enum Sanitizer {
    static let isOn = dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil
}
