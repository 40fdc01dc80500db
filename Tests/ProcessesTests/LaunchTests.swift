import Foundation
import Testing

@testable import Processes

struct LaunchTests {
  @Test(
    arguments: [
      ([:], nil),
      (["OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "1"], 3),
      (["PMI_SIZE": "2", "PMI_RANK": "0"], 2),
      (["MV2_COMM_WORLD_SIZE": "4"], 4),
      (["OMPI_COMM_WORLD_SIZE": "many"], nil),
      // srun tells every program how many tasks there are; MPI is meant where it speaks MPI's protocol.
      (["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "8"], nil),
      (["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "8", "PMIX_RANK": "0"], 8),
    ] as [([String: String], Int?)]
  )
  func `a launcher's variables tell how many processes it has started`(
    environment: [String: String],
    count: Int?
  ) {
    #expect(ProcessGroup.launchedCount(in: environment) == count)
  }

  @Test
  func `a process that was started alone looks for no binding`() throws {
    for environment in [[:], ["PMI_SIZE": "1"]] {
      let group = try ProcessGroup.joined(environment: environment, binding: "/nowhere") { _ in
        Issue.record("looked for a file")
        return false
      }
      #expect(group == nil)
    }
  }

  @Test
  func `one of several processes without a binding is told to make one`() {
    #expect(throws: ProcessGroupError.noBinding(processCount: 2, path: "/nowhere/binding.so")) {
      try ProcessGroup.joined(
        environment: ["PMI_SIZE": "2"],
        binding: "/nowhere/binding.so",
        exists: { _ in false }
      )
    }
    #expect(throws: ProcessGroupError.noBinding(processCount: 2, path: "/given")) {
      try ProcessGroup.joined(
        environment: ["PMI_SIZE": "2", "FREEZEOUT_MPI": "/given"],
        binding: "/nowhere/binding.so",
        exists: { _ in false }
      )
    }
  }

  @Test
  func `a binding that is no library, or another one's, is refused with the reason`() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("binding-\(UUID()).so")
    try Data("no library".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let refusal = #expect(throws: ProcessGroupError.self) { try ProcessGroup(binding: file.path) }
    #expect("\(refusal, default: "")".contains(file.path))
    #expect("\(refusal, default: "")".contains("run scripts/setup-mpi again"))
  }
}
