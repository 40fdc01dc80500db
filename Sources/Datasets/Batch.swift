import Torch

/// Images and labels that go through a network together.
public struct Batch: Sendable {
  /// Normalised images, float32 `[N, 3, 32, 32]`, channels last in memory, on the device that the batches are made on.
  public let images: Tensor
  /// Their classes, int64 `[N]`, on the same device.
  public let labels: Tensor
  /// `N`, the number of images; the last batch of an epoch may be smaller than the others.
  public let count: Int
  /// The images of the whole batch, of which this may be a process's share.
  public var wholeCount: Int
  /// Where what is computed of the images may be kept; nil where the same input does not come again.
  public var slots: BatchSlots?
}

// MARK: - How images become batches

/// Makes batches of a data set: looks up normalised values, and writes them where the tensor has
/// them.
struct BatchAssembly: Sendable {
  let dataset: ImageDataset
  /// The normalised value of every byte, `[3, 256]`.
  private let table: [Float]
  private let device: Device
  /// The data set where a GPU has it, which cuts its batches itself.
  private let placedImages: PlacedImages?

  /// - Parameter placing: Whether the device gets the data set and makes whole batches at once.
  /// - Throws: `TorchError` where a device has no memory for the data set.
  init(
    dataset: ImageDataset,
    normalization: Normalization,
    device: Device = .cpu,
    placing: Bool
  ) throws {
    self.dataset = dataset
    self.device = device
    let table = normalization.table()
    self.table = table
    placedImages =
      placing
      ? try dataset.withImageBytes { bytes in
        try PlacedImages(
          bytes: bytes,
          shape: [
            dataset.count, ImageDataset.channels, ImageDataset.side, ImageDataset.side,
          ],
          table: table,
          on: device
        )
      } : nil
  }

  /// The batch of some images, each placed by `placement`.
  ///
  /// - Parameters:
  ///   - indices: which images, each in `0..<dataset.count`.
  ///   - placement: what to do to the image at an index.
  /// - Throws: `TorchError` where there is no memory.
  func batch(
    of indices: some Collection<Int>,
    placement: (Int) -> ImagePlacement
  ) throws -> Batch {
    let labels = indices.map { Int64(dataset.labels[$0]) }
    return Batch(
      images: try images(of: indices, placement: placement),
      labels: try Tensor(labels, shape: [labels.count]).sent(to: device),
      count: labels.count,
      wholeCount: labels.count
    )
  }

  private func images(
    of indices: some Collection<Int>,
    placement: (Int) -> ImagePlacement
  ) throws -> Tensor {
    if let placedImages {
      return try placedImages.batch(
        placements: indices.flatMap { index in
          let place = placement(index)
          return [index, place.top, place.left, place.isFlipped ? 1 : 0].map(Int64.init)
        }
      )
    }
    let shape = [
      indices.count, ImageDataset.channels, ImageDataset.side, ImageDataset.side,
    ]
    return try Tensor(channelsLast: shape) { output in
      fill(output, with: indices, placement: placement)
    }.moved(to: device)
  }

  /// Writes the images at `indices` as `[N, 32, 32, 3]`.
  func fill(
    _ output: UnsafeMutableBufferPointer<Float>,
    with indices: some Collection<Int>,
    placement: (Int) -> ImagePlacement
  ) {
    precondition(output.count == indices.count * ImageDataset.bytesPerImage)
    dataset.withImageBytes { bytes in
      table.withUnsafeBufferPointer { table in
        for (place, index) in indices.enumerated() {
          let source = index * ImageDataset.bytesPerImage
          let target = place * ImageDataset.bytesPerImage
          fill(
            UnsafeMutableBufferPointer(
              rebasing: output[target..<target + ImageDataset.bytesPerImage]
            ),
            with: UnsafeBufferPointer(
              rebasing: bytes[source..<source + ImageDataset.bytesPerImage]
            ),
            placement: placement(index),
            table: table
          )
        }
      }
    }
  }

  /// Writes one image, from `[3, 32, 32]` bytes to `[32, 32, 3]` numbers.
  private func fill(
    _ output: UnsafeMutableBufferPointer<Float>,
    with image: UnsafeBufferPointer<UInt8>,
    placement: ImagePlacement,
    table: UnsafeBufferPointer<Float>
  ) {
    let side = ImageDataset.side
    for row in 0..<side {
      let sourceRow = row + placement.top
      for column in 0..<side {
        let sourceColumn = (placement.isFlipped ? side - 1 - column : column) + placement.left
        let isInside =
          sourceRow >= 0 && sourceRow < side && sourceColumn >= 0 && sourceColumn < side
        for channel in 0..<ImageDataset.channels {
          let source = channel * ImageDataset.bytesPerPlane + sourceRow * side + sourceColumn
          let byte = isInside ? Int(image[source]) : 0
          output[(row * side + column) * ImageDataset.channels + channel] =
            table[channel * 256 + byte]
        }
      }
    }
  }
}
