// swift-tools-version: 6.2

import PackageDescription

// MARK: - libtorch

// `scripts/setup` links `.libtorch` to the `torch` folder of a PyTorch wheel. Only CTorch sees it,
// so that a package which depends on the product `FreezeOut` needs no libtorch.
let libtorch = Context.packageDirectory + "/.libtorch"

let libtorchHeaders: [CXXSetting] = [
  .unsafeFlags([
    "-I\(libtorch)/include",
    "-I\(libtorch)/include/torch/csrc/api/include",
    // libtorch's own headers warn; ours must not.
    "-Wno-deprecated-declarations",
  ])
]

let libtorchLibraries: [LinkerSetting] = [
  .unsafeFlags(["-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"]),
  .linkedLibrary("torch"),
  .linkedLibrary("torch_cpu"),
  .linkedLibrary("c10"),
]

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

// `FREEZEOUT_SCHEDULE_ONLY=1 swift test` builds and tests the schedule where there is no libtorch.
if Context.environment["FREEZEOUT_SCHEDULE_ONLY"] == nil {
  products += [
    .library(
      name: "FreezeOutTraining",
      targets: ["Training", "Models", "Datasets", "TorchNN", "Torch"]
    ),
    .executable(name: "freezeout", targets: ["FreezeOutCommand"]),
  ]

  dependencies += [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ]

  targets += [
    .target(
      name: "CTorch",
      exclude: ["README.md"],
      cxxSettings: libtorchHeaders,
      linkerSettings: libtorchLibraries
    ),
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
      dependencies: ["Models", "Datasets", "TorchNN", "Torch", "FreezeOut"],
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
      dependencies: [
        "Reports", "Training", "Models", "Datasets", "FreezeOut", "TensorBoard",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"]
    ),
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

let package = Package(
  name: "freezeout",
  platforms: [.macOS(.v13)],
  products: products,
  dependencies: dependencies,
  targets: targets,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
