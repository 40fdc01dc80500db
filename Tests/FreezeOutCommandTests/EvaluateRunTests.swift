import Foundation
import Models
import Testing
import Training

@testable import FreezeOutCommand

struct EvaluateRunTests {
  @Test
  func `weights that cannot be measured are refused with a status and one line`() throws {
    let folder = try TemporaryFolder()
    let data = try NoiseData.folder.get()
    #expect(
      try Program.run(tinyRun(epochs: 1) + ["--output", "run"], in: folder).status == 0
    )
    let weights = "run/weights.safetensors"
    let whole = try folder.contents(weights)
    try whole.prefix(whole.count - 1).write(to: folder.file("short.safetensors"))
    try strippedOfDescription(whole).write(to: folder.file("foreign.safetensors"))
    let network = ["--model", "densenet", "-L", "10", "-k", "4"]
    let cases: [([String], Int32, String)] = [
      (["none.safetensors"], 66, "there is no such file"),
      (["short.safetensors"], 65, "is not a safetensors file"),
      (["foreign.safetensors"], 64, "does not say what network it is of: give --model"),
      (["foreign.safetensors"] + network, 64, "does not say what data set it is of"),
      ([weights, "-L", "16", "--data", data], 65, "the weights are another network's"),
      ([weights, "--model", "wrn", "--data", data], 65, "the weights are another network's"),
      ([weights, "--widen-factor", "2"], 64, "--widen-factor does not belong to this model"),
      ([weights, "--device", "cuda:97"], 69, "device cuda:97 is not there"),
    ]
    for (options, status, message) in cases {
      let outcome = try Program.run(["evaluate", "--threads", "1"] + options, in: folder)
      #expect(outcome.status == status, "\(options): \(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1 && outcome.output == "")
    }

    let arguments = ["--threads", "1", "--data", data, "--split", "validation"]
    let own = try Program.run(["evaluate", weights] + arguments, in: folder)
    let foreign = try Program.run(
      ["evaluate", "foreign.safetensors", "--dataset", "cifar10"] + network + arguments,
      in: folder
    )
    #expect(own.status == 0 && foreign.status == 0)
    #expect(own.output == foreign.output && own.output.hasPrefix("loss "))
  }

  /// The same tensors in a file of another program's, which says nothing of the network.
  private func strippedOfDescription(_ file: Data) throws -> Data {
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let json = file.subdata(in: 8..<8 + length)
    var header = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
    #expect(header["__metadata__"] != nil)
    header["__metadata__"] = nil
    let stripped = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
    let size = withUnsafeBytes(of: UInt64(stripped.count).littleEndian) { Data($0) }
    return size + stripped + file.dropFirst(8 + length)
  }
}
