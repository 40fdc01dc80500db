import ArgumentParser
import Models
import Training

/// What the layers of a run are computed with.
struct KernelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What layers are computed with: \(KernelChoice.words). fused takes the widest instructions of the "
        + "processor and has float32 alone; auto is fused on the CPU in float32 for a network that has fused "
        + "kernels, else libtorch. (default: auto)",
      valueName: "kernels"
    ),
    transform: KernelChoice.init(parsing:)
  )
  var kernels: KernelChoice?

  /// The kernels of a network.
  ///
  /// - Parameters:
  ///   - architecture: The network.
  ///   - device: Where it runs.
  ///   - precision: Of convolutions and affine maps; nil for float32.
  ///   - machine: The machine of a run to resume, whose kernels hold where neither they nor another
  ///     device are given: others sum in another order.
  /// - Throws: `KernelsError` for kernels that do not run here.
  func choice(
    for architecture: Architecture,
    on device: Device,
    precision: ReducedPrecision? = nil,
    resuming machine: MachineDescription? = nil
  ) throws -> Kernels {
    var choice = kernels ?? .automatic
    if kernels == nil, let machine, machine.device == "\(device)" {
      let known = try Kernels(parsing: machine.kernelsName)
      // A run of another precision is refused for that, when it is restored.
      if (try? known.computing(in: precision)) != nil { choice = .given(known) }
    }
    return try choice.kernels(for: architecture, on: device, precision: precision)
  }
}

/// What `--kernels` says.
enum KernelChoice: Equatable {
  /// What is fastest here.
  case automatic
  case given(Kernels)

  /// All that it can say.
  static let words = "auto, libtorch, fused, fused:portable, fused:avx2 or fused:avx512"

  /// Reads `auto` and what `Kernels` reads.
  ///
  /// - Throws: `UsageError` for any other text, `KernelsError` for instructions that this processor
  ///   lacks.
  init(parsing text: String) throws {
    if text == "auto" {
      self = .automatic
      return
    }
    do {
      self = .given(try Kernels(parsing: text))
    } catch KernelsError.unknownName {
      throw UsageError(description: "use \(Self.words)")
    }
  }

  /// What it comes to for a network.
  ///
  /// - Throws: `KernelsError` for kernels that do not run on the device, or not in the precision.
  func kernels(
    for architecture: Architecture,
    on device: Device,
    precision: ReducedPrecision? = nil
  ) throws -> Kernels {
    let kernels =
      switch self {
      case .automatic: Kernels.automatic(for: architecture, on: device, precision: precision)
      case .given(let kernels): try kernels.computing(in: precision)
      }
    try kernels.requireAvailable(on: device)
    return kernels
  }
}

/// Several choices, with commas between them.
struct KernelChoices: Equatable {
  let values: [KernelChoice]

  /// - Throws: As `KernelChoice`.
  init(parsing text: String) throws {
    values = try text.split(separator: ",", omittingEmptySubsequences: false)
      .map { try KernelChoice(parsing: String($0)) }
  }
}
