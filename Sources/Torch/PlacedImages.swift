internal import CTorch

/// Images that a device has in whole, to cut batches out of.
public struct PlacedImages: Sendable {
  private let bytes: Tensor
  private let table: Tensor
  private let device: Device

  /// Gives the device the images.
  ///
  /// - Parameters:
  ///   - bytes: `[M, C, S, S]`, row-major.
  ///   - table: What each byte of each channel becomes, `[C, 256]`.
  /// - Throws: `TorchError` where there is no memory for them.
  public init(
    bytes: UnsafeBufferPointer<UInt8>,
    shape: [Int],
    table: [Float],
    on device: Device
  ) throws {
    self.bytes = try Tensor(
      bytes: UnsafeRawBufferPointer(bytes),
      shape: shape,
      scalarType: .uint8
    ).moved(to: device)
    self.table = try Tensor(table, shape: [table.count]).moved(to: device)
    self.device = device
  }

  /// A batch.
  ///
  /// - Parameter placements: Four numbers an image: its index, the first row and column that are seen, and 1 for
  ///   mirrored. What lies outside of an image is as its byte 0.
  /// - Returns: `[N, C, S, S]` of float32, channels last in memory, on the device.
  /// - Throws: `TorchError` for an image that is not there.
  public func batch(placements: [Int64]) throws -> Tensor {
    let places = try Tensor(placements, shape: [placements.count / 4, 4]).sent(to: device)
    return try .make("placed images", [bytes, places]) {
      ct_images_place(bytes.handle, places.handle, table.handle, $0)
    }
  }
}
