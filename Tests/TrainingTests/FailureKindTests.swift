import Datasets
import FreezeOut
import Models
import Testing
import Torch
import TorchNN

@testable import Training

struct FailureKindTests {
  static let kinds: [(any Error, FailureKind)] = [
    (ScheduleError.layerCount(0), .setting),
    (SavingEstimateError.nothingToSave, .setting),
    (ArchitectureError.outOfRange("depth", "0", "more"), .setting),
    (KernelsError.unknownName("quick"), .setting),
    (KernelsError.instructions(.avx512, best: .avx2), .setting),
    (KernelsError.device(.fused(.portable), .cuda(0)), .setting),
    (TrainingError.setting("epochs", "0", remedy: "use 1"), .setting),
    (TrainingError.otherSettings(["seed 1 there, 2 here"]), .setting),
    (TrainingError.otherLength(tinyConfiguration(), asked: 3), .setting),
    (DatasetError.validationCount(0, trainingImages: 9), .setting),
    (DatasetError.batchSize(0), .setting),
    (DeviceError.unknownName("tpu"), .setting),
    (DeviceError.unavailable(.cuda(3), cudaDeviceCount: 0), .unavailableDevice),
    (DatasetError.missingFile(path: "a", reason: "b"), .missingInput),
    (DatasetError.unreadableFile(path: "a", reason: "b"), .missingInput),
    (DatasetError.downloadFailed(url: "a", reason: "b", archive: "c"), .missingInput),
    (SafetensorsError.unreadable(path: "a", reason: "b"), .missingInput),
    (DatasetError.truncatedFile(path: "a", offset: 1, expectedBytes: 2), .malformedInput),
    (DatasetError.oversizedFile(path: "a", offset: 1, bytes: 2), .malformedInput),
    (DatasetError.labelByteOutOfRange(path: "a", offset: 1, label: 9, classes: 3), .malformedInput),
    (DatasetError.checksumMismatch(path: "a", found: "b", expected: "c"), .malformedInput),
    (DatasetError.extractionFailed(archive: "a", reason: "b"), .malformedInput),
    (SafetensorsError.malformed(path: "a", reason: "b"), .malformedInput),
    (SafetensorsError.unsupportedType(path: "a", name: "b", type: "F16"), .malformedInput),
    (StateDictionaryError.names(missing: ["a"], unexpected: []), .malformedInput),
    (RecordedCaseError.malformed("a"), .malformedInput),
    (TrainingError.checkpoint(reason: "a"), .malformedInput),
    (TrainingError.weights(path: "a", reason: "b"), .malformedInput),
    (SafetensorsError.unwritable(path: "a", reason: "b"), .unwritable),
    (DatasetError.unwritable(path: "a", reason: "b"), .unwritable),
    (TrainingError.diverged(iteration: 1, loss: .nan), .work),
    (TrainingError.divergedWeights(iterations: 1, tensor: "fc.bias"), .work),
    (TorchError(operation: "a", message: "b"), .work),
    (CancellationError(), .work),
  ]

  @Test(arguments: kinds.indices)
  func `an error is of this kind`(index: Int) {
    let (error, kind) = Self.kinds[index]
    #expect(FailureKind(error) == kind, "\(error)")
  }

  private static let remedy =
    "try a smaller --learning-rate, a larger --batch-size or, with scaled rates, a larger --t0"

  static let sentences: [(TrainingError, String)] = [
    (
      .diverged(iteration: 7, loss: .infinity, layer: "dense1.0"),
      "the loss became infinite at iteration 7, first in layer dense1.0: \(remedy)"
    ),
    (
      .diverged(iteration: 7, loss: .infinity),
      "the loss became infinite at iteration 7: \(remedy)"
    ),
    (
      .diverged(iteration: 7, loss: -.nan),
      "the loss became not a number at iteration 7: \(remedy)"
    ),
    (
      .divergedWeights(iterations: 8, tensor: "fc.bias"),
      "fc.bias is no longer finite after 8 iterations: \(remedy)"
    ),
    (.setting("epochs", "0", remedy: "use 1 or more"), "epochs cannot be 0: use 1 or more"),
    (
      .otherSettings(["seed 1 there, 2 here", "epochs 3 there, 4 here"]),
      "the run to resume had other settings: seed 1 there, 2 here; epochs 3 there, 4 here: drop "
        + "those options, or start anew with another --output"
    ),
    (
      .checkpoint(reason: "it is torn"),
      "the checkpoint cannot be used: it is torn; start anew with another --output"
    ),
    (
      .checkpoint(path: "a/b", reason: "it is torn"),
      "the checkpoint a/b cannot be used: it is torn; start anew with another --output"
    ),
    (.weights(reason: "they are torn"), "the weights cannot be used: they are torn"),
    (
      .weights(path: "a/b", reason: "they are torn"),
      "the weights a/b cannot be used: they are torn"
    ),
  ]

  @Test(arguments: sentences.indices)
  func `errors are sentences`(index: Int) {
    let (error, sentence) = Self.sentences[index]
    #expect(error.description == sentence)
  }
}
