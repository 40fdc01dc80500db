import Torch

/// What the layers of a network are computed with. All give the same results but for rounding.
public enum Kernels: Hashable, Sendable {
  /// libtorch's operations, one after the other: everywhere, and for every layer.
  case libtorch
  /// The same with convolutions and affine maps of fewer bits than float32.
  case reduced(ReducedPrecision)
  /// One pass over memory for what belongs together, on the CPU; layers that there are no such kernels
  /// for go on with libtorch.
  case fused(Instructions)

  /// What a network runs with where nobody chooses: the fused kernels with the widest instructions of
  /// this processor where there are any for it, else libtorch. A processor that has the portable ones
  /// alone is better off with libtorch.
  ///
  /// - Parameters:
  ///   - architecture: The network.
  ///   - device: Where it runs.
  ///   - scalarType: The type of its numbers.
  ///   - precision: Of convolutions and affine maps; nil for that of the numbers.
  public static func automatic(
    for architecture: Architecture,
    on device: Device,
    in scalarType: ScalarType = .float32,
    precision: ReducedPrecision? = nil
  ) -> Kernels {
    if let precision { return .reduced(precision) }
    // libtorch brings wider instructions than the portable kernels have.
    guard device == .cpu, scalarType == .float32, architecture.hasFusedForm,
      Instructions.best > .portable
    else {
      return .libtorch
    }
    return .fused(.best)
  }

  /// Checks that there are such kernels on a device of this machine.
  ///
  /// - Throws: `KernelsError`
  public func requireAvailable(on device: Device) throws {
    switch self {
    case .libtorch, .reduced(.bfloat16): return
    case .reduced(.tf32):
      guard device != .cpu else { throw KernelsError.precision(.tf32, device) }
    case .fused(let instructions):
      guard device == .cpu else { throw KernelsError.device(self, device) }
      guard instructions <= .best else {
        throw KernelsError.instructions(instructions, best: .best)
      }
    }
  }

  /// These kernels with products of so many bits.
  ///
  /// - Parameter precision: nil for float32.
  /// - Throws: `KernelsError.fusedPrecision` for fused kernels, which have float32 alone, and `otherPrecision` for
  ///   kernels of another precision.
  public func computing(in precision: ReducedPrecision?) throws -> Kernels {
    switch (self, precision) {
    case (.fused, let precision?): throw KernelsError.fusedPrecision(self, precision)
    case (.reduced(let own), _) where own != precision:
      throw KernelsError.otherPrecision(self, precision)
    case (.libtorch, let precision?): return .reduced(precision)
    case (.fused, nil), (.libtorch, nil), (.reduced, _): return self
    }
  }

  /// What a network is measured with that is trained with these: float32 throughout, unless every product of the
  /// process is of TF32.
  package var forEvaluation: Kernels { self == .reduced(.bfloat16) ? .libtorch : self }
}

extension Architecture {
  /// Whether there are fused kernels for training any layer of it: not with dropout within the layers.
  var hasFusedForm: Bool {
    switch self {
    case .denseNet(let value): value.dropout == 0
    case .wideResNet(let value): value.dropout == 0
    case .vgg: true
    }
  }
}

// MARK: - As text

extension Kernels: CustomStringConvertible {
  /// Reads `libtorch`, `libtorch:tf32`, `libtorch:bfloat16`, `fused` (with the widest instructions of this processor),
  /// `fused:portable`,
  /// `fused:avx2` or `fused:avx512`.
  ///
  /// - Throws: `KernelsError.unknownName` for any other text, `KernelsError.instructions` for those
  ///   that this processor lacks.
  public init(parsing text: String) throws {
    try self.init(parsing: text, best: .best)
  }

  init(parsing text: String, best: Instructions) throws {
    switch text {
    case "libtorch": self = .libtorch
    case "fused": self = .fused(best)
    default:
      if let reduced = ReducedPrecision.allCases.first(where: { text == "libtorch:\($0)" }) {
        self = .reduced(reduced)
        return
      }
      guard let instructions = Instructions.allCases.first(where: { text == "fused:\($0)" }) else {
        throw KernelsError.unknownName(text)
      }
      guard instructions <= best else {
        throw KernelsError.instructions(instructions, best: best)
      }
      self = .fused(instructions)
    }
  }

  /// The name that `init(parsing:)` reads, with the instructions.
  public var description: String {
    switch self {
    case .libtorch: "libtorch"
    case .reduced(let precision): "libtorch:\(precision)"
    case .fused(let instructions): "fused:\(instructions)"
    }
  }
}

/// Why a network cannot run with some kernels.
public enum KernelsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text names none.
  case unknownName(String)
  /// The processor lacks the instructions that they are built for.
  case instructions(Instructions, best: Instructions)
  /// They do not run on the device.
  case device(Kernels, Device)
  /// The device has no such precision.
  case precision(ReducedPrecision, Device)
  /// They have float32 alone.
  case fusedPrecision(Kernels, ReducedPrecision)
  /// They have another precision; nil for float32.
  case otherPrecision(Kernels, ReducedPrecision?)

  /// One sentence for a person: what was asked for and what there is.
  public var description: String {
    switch self {
    case .unknownName(let text):
      "there are no kernels '\(text)': use libtorch, fused or \(Self.names(of: Instructions.allCases))"
    case .instructions(let instructions, let best):
      "the kernels fused:\(instructions) need instructions that this processor lacks: use "
        + Self.names(of: Instructions.allCases.filter { $0 <= best })
    case .device(let kernels, let device):
      "the kernels \(kernels) run on the CPU, not on \(device): use libtorch, or the device cpu"
    case .precision(let precision, let device):
      "the precision \(precision) is that of CUDA GPUs, not of \(device): use float32 or bfloat16"
    case .otherPrecision(let kernels, let precision):
      "the kernels \(kernels) do not compute in \(precision?.rawValue ?? "float32"): use libtorch"
    case .fusedPrecision(let kernels, let precision):
      "the kernels \(kernels) compute in float32: use libtorch for \(precision), or the precision float32"
    }
  }

  private static func names(of instructions: [Instructions]) -> String {
    let names = instructions.map { "fused:\($0)" }
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
}
