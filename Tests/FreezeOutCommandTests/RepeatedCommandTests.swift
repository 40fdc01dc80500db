import Testing
import Training

@testable import FreezeOutCommand

/// What a report says to type to make a run again.
struct RepeatedCommandTests {
  @Test(arguments: [
    [], ["--preset", "quick"], ["--preset", "paper-wrn", "--dropout", "0.3"],
    ["--preset", "paper-vgg"], ["--model", "vgg", "--configuration", "8,M,16", "--dropout", "0"],
    ["--no-freeze-out", "--seed", "18446744073709551615"], ["--no-bottleneck", "-L", "10"],
    ["--t0", "0.1", "--how-scale", "linear", "--no-scale-lr", "--momentum", "0"],
    ["--views", "4", "--redraw-views", "--cache-features", "--cache-budget", "1GB"],
    [
      "--no-augment", "--cache-features", "--cache-precision", "bfloat16", "--weight-decay", "1e-3",
    ],
    ["--learning-rate", "1e-7", "--max-train-images", "9", "--validate", "none", "--epochs", "3"],
    ["--dataset", "generated100", "--reduction", "0.7", "--batch-size", "7"],
  ])
  func `options of a configuration give the same configuration`(arguments: [String]) throws {
    let asked = try TrainCommand.parse(arguments).options.configuration(basedOn: nil)
    let again = try TrainCommand.parse(asked.options).options.configuration(basedOn: nil)
    #expect(again == asked, "\(asked.options)")
  }

  @Test
  func `a length that no option gives has no command`() throws {
    var machine = MachineDescription(
      freezeout: "0.1.0",
      libtorch: "2.13.0",
      device: "cuda:1",
      threads: 3,
      processorCount: 4,
      memoryBytes: 1,
      operatingSystem: "a system",
      host: "a host"
    )
    var configuration = try TrainCommand.parse([]).options.configuration(basedOn: nil)
    #expect(
      configuration.command(on: machine) == "freezeout train --dataset cifar100 --model densenet "
        + "--depth 76 --growth-rate 12 --t0 0.8 --how-scale cubic --seed 0 --device cuda:1 --threads 3 "
        + "--kernels libtorch"
    )
    machine.kernels = "fused:avx2"
    #expect(
      configuration.command(on: machine)?.hasSuffix(" --threads 3 --kernels fused:avx2") == true
    )
    machine.processes = 2
    configuration.synchronizesBatchNorm = true
    let joint = configuration.command(on: machine)
    #expect(joint?.hasPrefix("mpirun -n 2 freezeout train ") == true)
    #expect(joint?.contains(" --sync-batch-norm ") == true)
    configuration.extraIterations = 1
    #expect(configuration.command(on: machine) == nil)
  }

  @Test
  func `words are quoted where a shell would take them apart`() {
    #expect(["report", "a b", "it's", "", "x.y"].shellCommand == "report 'a b' 'it'\\''s' '' x.y")
  }
}
