import Foundation
import FreezeOut
import Models
import Torch
import TorchNN

@testable import Training

/// A recorded case's `case.json`, beside tensors that do not change: it is replayed, or refused.
struct CaseTarget: FuzzTarget {
  static let name = "case"

  static func expects(_ error: any Error) -> Bool {
    switch error {
    case is RecordedCaseError, is StateDictionaryError: true
    case TrainingError.diverged, TrainingError.divergedWeights: true
    default: false
    }
  }

  /// What a replay's steps take is the tensors' size.
  static func memory(ofInputOf byteCount: Int) -> Int { 16 << 20 + 256 * byteCount }

  private let tensors: Safetensors

  init() throws {
    let network = try TinyRun.architecture.makeNetwork(
      classCount: 2,
      from: WeightInitializer(seed: 1, memoryFormat: .contiguous)
    )
    let weights = StateDictionary(network.state)
    var tensors = weights.prefixed("initial/").tensors
    tensors.merge(weights.prefixed("final/").tensors) { first, _ in first }
    tensors["inputs"] = try Tensor.full([2, 2, 3, 32, 32], value: 0.5)
    tensors["labels"] = try Tensor([0, 1, 1, 0] as [Int64], shape: [2, 2])
    tensors["final_log_probabilities"] = try Tensor.full([2, 2], value: -0.7)
    self.tensors = Safetensors(tensors: tensors)
  }

  func seeds() throws -> [String: Data] {
    func json(_ model: String, _ architecture: String) -> Data {
      Data(
        """
        {"architecture":{\(architecture)},"base_lr":0.01,"batch":2,"classes":2,\
        "float32_drift":{"final_weights":1e-6,"log_probabilities":1e-6,"loss":1e-6},\
        "frozen":[[],[0]],"how_scale":"cubic","iterations":4,\
        "learning_rates":[[0.1,0.1,0.1,0.1,0.1,0.1,0.1],[null,0.1,0.1,0.1,0.1,0.1,0.1]],\
        "losses":[0.7,0.69],"model":"\(model)","momentum":0.9,"nesterov":true,"scale_lr":true,\
        "steps":2,"t0":0.5,"weight_decay":0.0001}
        """.utf8
      )
    }
    return [
      "densenet-bc": json("densenet-bc", "\"depth\":10,\"growth_rate\":1"),
      "densenet": json("densenet", "\"depth\":10,\"growth_rate\":1,\"reduction\":1"),
      "wide-resnet": json("wide-resnet", "\"depth\":10,\"widen_factor\":1"),
      "vgg": json("vgg", "\"configuration\":[1,\"M\",1]"),
    ]
  }

  func run(_ data: Data) throws {
    let replay = try Replay(of: RecordedCase(json: data, tensors: tensors))
    require(replay.disagreements.count == 5, "\(replay.disagreements.count) comparisons")
    for one in replay.disagreements {
      require(!(one.value < 0), "\(one.name) disagrees by \(one.value)")
      require(one.passes == (one.value <= one.tolerance), "\(one.name) passes and does not")
    }
  }
}
