import Foundation

/// The name of the processor, as the system gives it; nil where it gives none. libtorch chooses its
/// kernels by it, and other kernels may round otherwise.
func processorModel() -> String? {
  #if canImport(Darwin)
    var size = 0
    guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  #else
    let information = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let lines = information?.split(separator: "\n") ?? []
    func value(_ key: String) -> String? {
      lines.first { $0.hasPrefix(key) }?.split(separator: ":").last?
        .trimmingCharacters(in: .whitespaces)
    }
    // arm64 has numbers in the place of a name.
    return value("model name")
      ?? value("CPU part").map { "\(value("CPU implementer") ?? "") \($0)" }
  #endif
}
