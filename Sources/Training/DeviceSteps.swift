/// How a device that works on its own, as a GPU, makes training steps. The numbers are the same.
public enum DeviceSteps: Hashable, Sendable {
  /// Each stage's step is recorded once and repeated.
  case recorded
  /// Operation by operation.
  case eager
}

extension DeviceSteps? {
  /// What suits a device: a GPU repeats what was recorded; nil for the CPU, which does not work on its own.
  static func suited(to device: Device) -> DeviceSteps? {
    device == .cpu ? nil : .recorded
  }
}
