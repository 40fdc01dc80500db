// swift-tools-version: 6.2

import PackageDescription

// MARK: - libtorch

// `scripts/setup` links `.libtorch` to the `torch` folder of a PyTorch wheel. Only CTorch sees it,
// so that a package which depends on the product `FreezeOut` needs no libtorch.
//
// `FREEZEOUT_CUDA` names a folder with the `torch` folder of a wheel for CUDA and, in `include`, CUDA's headers:
// `scripts/build-cuda` makes it. What the CPU build does not have is compiled then as well.
let cuda = Context.environment["FREEZEOUT_CUDA"]
let libtorch = cuda.map { $0 + "/torch" } ?? Context.packageDirectory + "/.libtorch"

let libtorchHeaders: [CXXSetting] = [
  .unsafeFlags(
    [
      "-I\(libtorch)/include",
      "-I\(libtorch)/include/torch/csrc/api/include",
      // libtorch's own headers warn; ours must not.
      "-Wno-deprecated-declarations",
    ] + (cuda.map { ["-DCTORCH_CUDA", "-I\($0)/include"] } ?? [])
  )
]

// CUDA's own libraries need not be where the program is built: libtorch loads them, and with them what its headers put
// into this program. Nothing refers to libtorch_cuda by name that has to be loaded all the same.
let cudaLibraries: [LinkerSetting] = [
  .unsafeFlags([
    "-Xlinker", "--no-as-needed", "-Xlinker", "--allow-shlib-undefined",
    "-Xlinker", "--unresolved-symbols=ignore-all",
  ]),
  .linkedLibrary("torch_cuda"),
  .linkedLibrary("c10_cuda"),
]

let libtorchLibraries: [LinkerSetting] =
  [
    .unsafeFlags(["-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"]),
    .linkedLibrary("torch"),
    .linkedLibrary("torch_cpu"),
    .linkedLibrary("c10"),
  ] + (cuda == nil ? [] : cudaLibraries)

// MARK: - The schedule: no dependency, any platform

var products: [Product] = [
  .library(name: "FreezeOut", targets: ["FreezeOut"])
]

var targets: [Target] = [
  .target(name: "FreezeOut", exclude: ["README.md"]),
  .testTarget(name: "FreezeOutTests", dependencies: ["FreezeOut"]),
]

var dependencies: [Package.Dependency] = []

// MARK: - The engine, the models and the command

// What the program stands on, also where it becomes a library.
let commandDependencies: [Target.Dependency] = [
  "Reports", "Training", "Models", "Datasets", "FreezeOut", "Processes", "TensorBoard",
  .product(name: "ArgumentParser", package: "swift-argument-parser"),
]

// `FREEZEOUT_SCHEDULE_ONLY=1 swift test` builds and tests the schedule where there is no libtorch.
if Context.environment["FREEZEOUT_SCHEDULE_ONLY"] == nil {
  products += [
    .library(
      name: "FreezeOutTraining",
      targets: ["Training", "Models", "Datasets", "TorchNN", "Torch", "Processes"]
    ),
    .executable(name: "freezeout", targets: ["FreezeOutCommand"]),
  ]

  dependencies += [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ]

  targets += [
    // Kernels are of no use unless they are optimised, in a debug build too.
    .target(
      name: "CKernels",
      exclude: ["README.md"],
      cxxSettings: [.unsafeFlags(["-O3"])]
    ),
    .target(
      name: "CTorch",
      dependencies: ["CKernels"],
      exclude: ["README.md"],
      cxxSettings: libtorchHeaders,
      linkerSettings: libtorchLibraries
    ),
    // MPI's functions as a table; `scripts/setup-mpi` makes what fills it.
    .target(name: "CProcessGroup"),
    .target(name: "Processes", dependencies: ["CProcessGroup"], exclude: ["README.md"]),
    .target(name: "Torch", dependencies: ["CTorch"], exclude: ["README.md"]),
    .target(name: "TorchNN", dependencies: ["Torch"], exclude: ["README.md"]),
    .target(
      name: "Datasets",
      dependencies: ["Torch", .product(name: "Crypto", package: "swift-crypto")],
      exclude: ["README.md"]
    ),
    .target(
      name: "Models",
      dependencies: ["TorchNN", "Torch", "FreezeOut"],
      exclude: ["README.md"]
    ),
    .target(
      name: "Training",
      dependencies: ["Models", "Datasets", "TorchNN", "Torch", "Processes", "FreezeOut"],
      exclude: ["README.md"]
    ),
    .target(name: "Reports", dependencies: ["Training", "FreezeOut"], exclude: ["README.md"]),
    .target(
      name: "TensorBoard",
      dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["README.md", "Protobuf/event.proto", "Protobuf/hparams.proto"]
    ),
    .executableTarget(
      name: "FreezeOutCommand",
      dependencies: commandDependencies,
      exclude: ["README.md"]
    ),
    .testTarget(name: "ProcessesTests", dependencies: ["Processes"]),
    .testTarget(name: "TorchTests", dependencies: ["Torch"]),
    .testTarget(name: "TorchNNTests", dependencies: ["TorchNN", "Torch"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Torch"]),
    .testTarget(name: "ModelsTests", dependencies: ["Models", "TorchNN", "Torch", "FreezeOut"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Training", "Models", "Datasets", "TorchNN", "Torch", "FreezeOut"]
    ),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "Training", "FreezeOut"]),
    .testTarget(name: "TensorBoardTests", dependencies: ["TensorBoard"]),
    .testTarget(
      name: "FreezeOutCommandTests",
      dependencies: [
        "FreezeOutCommand", "Reports", "Training", "Datasets", "TensorBoard", "Torch", "FreezeOut",
      ]
    ),
  ]
}

// MARK: - The fuzz targets

// `FREEZEOUT_FUZZ=1` adds them, for `scripts/fuzz` alone: every target then counts what an input reaches,
// for libFuzzer, which comes with the toolchain. The program `freezeout` becomes a library, since one
// program cannot be linked into another.
if Context.environment["FREEZEOUT_FUZZ"] != nil {
  let counted: [String] = ["-sanitize=fuzzer", "-enable-testing"]
  for target in targets where !["CTorch", "CKernels"].contains(target.name) && !target.isTest {
    target.swiftSettings = [.unsafeFlags(counted)]
  }
  products.removeAll { $0.name == "freezeout" }
  targets.removeAll { $0.name == "FreezeOutCommand" || $0.isTest }
  targets += [
    .target(
      name: "FreezeOutCommand",
      dependencies: commandDependencies,
      exclude: ["README.md"],
      swiftSettings: [
        .unsafeFlags(
          counted + [
            "-Xfrontend", "-entry-point-function-name", "-Xfrontend", "FreezeOutCommand_main",
          ]
        )
      ]
    ),
    .target(name: "FuzzRuntime", path: "Fuzz/FuzzRuntime"),
    .executableTarget(
      name: "Fuzzing",
      dependencies: [
        "FuzzRuntime", "FreezeOutCommand", "Reports", "Training", "Models", "Datasets", "TorchNN",
        "Torch", "FreezeOut",
      ],
      path: "Fuzz/Fuzzing",
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]
    ),
  ]
}

let package = Package(
  name: "freezeout",
  platforms: [.macOS(.v13)],
  products: products,
  dependencies: dependencies,
  targets: targets,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
