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
    (TrainingError.setting("epochs", "0", remedy: "use 1"), .setting),
    (TrainingError.otherSettings(["seed 1 there, 2 here"]), .setting),
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
    (SafetensorsError.unwritable(path: "a", reason: "b"), .unwritable),
    (DatasetError.unwritable(path: "a", reason: "b"), .unwritable),
    (TrainingError.diverged(iteration: 1, loss: .nan), .work),
    (TorchError(operation: "a", message: "b"), .work),
    (CancellationError(), .work),
  ]

  @Test(arguments: kinds.indices)
  func `an error is of this kind`(index: Int) {
    let (error, kind) = Self.kinds[index]
    #expect(FailureKind(error) == kind, "\(error)")
  }

  @Test
  func `errors are sentences`() {
    #expect(
      TrainingError.diverged(iteration: 7, loss: .infinity).description
        == "the loss became inf at iteration 7: try a smaller learning rate"
    )
    #expect(
      TrainingError.setting("epochs", "0", remedy: "use 1 or more").description
        == "epochs cannot be 0: use 1 or more"
    )
    #expect(
      TrainingError.otherSettings(["seed 1 there, 2 here", "epochs 3 there, 4 here"]).description
        == "the run to resume had other settings: seed 1 there, 2 here; epochs 3 there, 4 here"
    )
    #expect(
      TrainingError.checkpoint(reason: "it is torn").description
        == "the checkpoint cannot be used: it is torn"
    )
  }
}
