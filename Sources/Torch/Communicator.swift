internal import CTorch

/// Processes that have a GPU each and sum tensors over all of them, by NCCL.
public final class Communicator: @unchecked Sendable {
  let handle: ct_communicator

  /// Joins the other processes. All of them do so at once.
  ///
  /// - Parameters:
  ///   - rank: This process's number, in `0..<count`.
  ///   - count: How many processes there are.
  ///   - device: A GPU that none of the others has.
  ///   - share: Gives every process the bytes that process 0 calls it with.
  /// - Throws: `TorchError` where NCCL refuses, or this program was built without CUDA; what `share` throws.
  public init(
    rank: Int,
    of count: Int,
    device: Device,
    share: ([UInt8]) throws -> [UInt8]
  ) throws {
    var identity = [UInt8](repeating: 0, count: Int(CT_COMMUNICATOR_ID_BYTES))
    if rank == 0 { try check("Communicator") { ct_communicator_id(&identity) } }
    identity = try share(identity)
    var handle = ct_communicator(pointer: nil)
    try check("Communicator") {
      ct_communicator_join(identity, Int64(rank), Int64(count), device.code, &handle)
    }
    self.handle = handle
  }

  deinit {
    ct_communicator_free(handle)
  }

  /// Gives this thread's queue the work of making each element its sum over all processes, which all call this in the
  /// same order.
  ///
  /// - Throws: `TorchError` where NCCL refuses.
  public func sum(_ tensor: Tensor) throws {
    try check("a sum over the GPUs", [tensor]) { ct_communicator_sum(handle, tensor.handle) }
  }
}
