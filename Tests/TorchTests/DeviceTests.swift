import Testing

@testable import Torch

struct DeviceTests {
  @Test(arguments: [
    ("cpu", Device.cpu, "cpu"), ("cuda", .cuda(0), "cuda:0"), ("cuda:0", .cuda(0), "cuda:0"),
    ("cuda:7", .cuda(7), "cuda:7"), ("cuda:127", .cuda(127), "cuda:127"),
  ])
  func `a device reads from its name and writes it`(
    text: String,
    device: Device,
    name: String
  ) throws {
    #expect(try Device(parsing: text) == device)
    #expect(device.description == name)
    #expect(try Device(parsing: device.description) == device)
  }

  @Test(arguments: zip([0, 1, 2], [Device.cpu, .cuda(0), .cuda(0)]))
  func `auto is the first GPU where there is one`(count: Int, device: Device) throws {
    #expect(try Device(parsing: "auto", cudaDeviceCount: count) == device)
    // Nobody else has to know how many there are.
    #expect(
      try Device(parsing: "cpu", cudaDeviceCount: { throw DeviceError.unknownName("asked") }())
        == .cpu
    )
  }

  @Test(arguments: [
    "", " ", "CPU", "cpu ", " cpu", "cpu:0", "cuda:", "cuda:-1", "cuda:+1", "cuda: 1", "cuda:1 ",
    "cuda:128", "cuda:99999999999999999999", "cuda:1.0", "cuda:0x1", "cuda:0:0", "cuda::0", ":",
    "gpu", "mps", "cuda:\u{661}", "cuda:1\u{0}", "cud\u{430}:0",
    String(repeating: "cuda:", count: 10_000),
  ])
  func `any other text is refused with the names to use`(text: String) {
    let error = #expect(throws: DeviceError.self) { _ = try Device(parsing: text) }
    #expect(error == .unknownName(text))
    #expect(error?.description == "there is no device '\(text)': use auto, cpu, cuda or cuda:N")
  }

  @Test
  func `the CPU is always there`() throws {
    try Device.cpu.requireAvailable()
  }

  @Test(arguments: [127, 128, 256, 4_294_967_296, Int.max, -1, Int.min])
  func `a GPU that is not there is refused before and by every operation`(index: Int) throws {
    let device = Device.cuda(index)
    let count = try Runtime.cudaDeviceCount
    #expect(throws: DeviceError.unavailable(device, cudaDeviceCount: count)) {
      try device.requireAvailable()
    }
    #expect(throws: TorchError.self) { _ = try Tensor.full([1], value: 0, device: device) }
    #expect(throws: TorchError.self) { _ = try Tensor.full([1], value: 0).moved(to: device) }
    #expect(throws: TorchError.self) { _ = try Generator(seed: 0, device: device) }
  }

  @Test
  func `what is missing is said with the remedy`() {
    #expect(
      DeviceError.unavailable(.cuda(0), cudaDeviceCount: 0).description
        == "device cuda:0 is not there: this libtorch finds no CUDA GPU, use cpu"
    )
    #expect(
      DeviceError.unavailable(.cuda(2), cudaDeviceCount: 2).description
        == "device cuda:2 is not there: this libtorch finds 2 CUDA GPU(s), from cuda:0"
    )
    #expect(
      DeviceError.otherVersion(built: "2.11.0").description
        == "this program was built for libtorch 2.11.0 and finds another: build it with scripts/build-cuda "
        + "and that version"
    )
  }
}
