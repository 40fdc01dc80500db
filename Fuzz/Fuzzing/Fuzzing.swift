import Datasets
import Foundation
import FuzzRuntime

/// The program that `scripts/fuzz` runs: `Fuzzing TARGET [OPTION OF LIBFUZZER...] [CORPUS...]`, or
/// `Fuzzing --seeds FOLDER` to write the seeds of every target, or `Fuzzing --targets` to list them.
@main
enum Fuzzing {
  static func main() throws {
    let arguments = CommandLine.arguments
    let first = arguments.count > 1 ? arguments[1] : ""
    if first == "--targets" {
      print(targets.map { $0.name }.joined(separator: "\n"))
    } else if first == "--seeds", arguments.count == 3 {
      try writeSeeds(to: URL(fileURLWithPath: arguments[2], isDirectory: true))
    } else {
      guard let type = targets.first(where: { $0.name == first }) else {
        throw UnknownTarget(name: first)
      }
      let target = try type.init()
      let status = try run(target, [arguments[0]] + Array(arguments.dropFirst(2)))
      exit(status)
    }
  }

  /// Every target, by name.
  static var targets: [any FuzzTarget.Type] {
    [
      SafetensorsTarget.self, WeightsTarget.self, CIFARTarget.self, ArchiveTarget.self,
      CheckpointTarget.self, ConfigurationTarget.self, RecordsTarget.self, RunTarget.self,
      ReportTarget.self, ComparisonTarget.self, CaseTarget.self,
    ]
  }

  private static func writeSeeds(to folder: URL) throws {
    for type in targets {
      let place = folder.appendingPathComponent(type.name, isDirectory: true)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for (name, data) in try type.init().seeds() {
        try data.write(to: place.appendingPathComponent("seed-\(name)"))
      }
    }
  }

  private static func run(_ target: any FuzzTarget, _ arguments: [String]) throws -> Int32 {
    // What is made once, such as the decoders' tables, is no input's memory.
    for (_, data) in try target.seeds() { try? target.run(data) }
    running = target
    mutation = type(of: target).mutation
    var count = Int32(arguments.count)
    var pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = .allocate(
      capacity: arguments.count + 1
    )
    for (index, argument) in arguments.enumerated() { pointers?[index] = strdup(argument) }
    pointers?[arguments.count] = nil
    return LLVMFuzzerRunDriver(&count, &pointers) { bytes, size in
      runOne(Data(UnsafeBufferPointer(start: bytes, count: size)))
      return 0
    }
  }
}

/// A name that no target has.
struct UnknownTarget: Error, CustomStringConvertible {
  let name: String

  var description: String {
    "there is no target '\(name)': use one of "
      + Fuzzing.targets.map { $0.name }.joined(separator: ", ")
  }
}

// libFuzzer calls back without a context, from the thread that called it.
nonisolated(unsafe) private var running: (any FuzzTarget)?
nonisolated(unsafe) private var mutation = Mutation.text

/// Runs an input and checks what holds for all of them: the errors are the project's own, in a
/// sentence, and the memory is of the input's size.
private func runOne(_ data: Data) {
  guard let target = running else { return }
  fuzz_memory_begin()
  do {
    try target.run(data)
  } catch {
    checkError(error, of: target)
    if ProcessInfo.processInfo.environment["FREEZEOUT_FUZZ_MEMORY"] != nil {
      print("error: \(error)")
    }
  }
  let peak = Int(fuzz_memory_end())
  if ProcessInfo.processInfo.environment["FREEZEOUT_FUZZ_MEMORY"] != nil {
    print("memory: \(peak) bytes for \(data.count)")
  }
  require(
    peak <= type(of: target).memory(ofInputOf: data.count),
    "an input of \(data.count) bytes took \(peak) bytes of memory"
  )
}

private func checkError(_ error: any Error, of target: any FuzzTarget) {
  let text = "\(error)"
  require(type(of: target).expects(error), "an error of a type that is not announced: \(text)")
  require(!text.isEmpty, "an error without words: \(type(of: error))")
  require(text.first?.isWhitespace == false, "an error that begins with a space: \(text)")
}

/// Chooses between libFuzzer's mutation and one that knows the words and numbers of JSON.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ size: Int, _ maxSize: Int, _ seed: UInt32)
  -> Int
{
  var numbers = SeededGenerator(seed: UInt64(seed))
  if mutation == .json, numbers.next() % 2 == 0 {
    let changed = JSONMutation.mutated(
      Array(UnsafeBufferPointer(start: bytes, count: size)),
      using: &numbers
    )
    if changed.count <= maxSize {
      for (index, byte) in changed.enumerated() { bytes[index] = byte }
      return changed.count
    }
  }
  return LLVMFuzzerMutate(bytes, size, maxSize)
}
