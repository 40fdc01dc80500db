internal import CTorch

/// The libtorch that this process runs on.
public enum Runtime {
  /// libtorch's version, as in `2.13.0`.
  public static var version: String {
    String(cString: ct_version())
  }

  /// The number of CUDA GPUs that this libtorch can use; 0 for a CPU build.
  ///
  /// - Throws: `TorchError` when libtorch cannot count them.
  public static var cudaDeviceCount: Int {
    get throws {
      var count: Int64 = 0
      try check("cudaDeviceCount") { ct_cuda_device_count(&count) }
      return Int(count)
    }
  }

  /// The number of threads that one operation uses on the CPU.
  public static var threadCount: Int {
    Int(ct_thread_count())
  }

  /// Sets the number of threads that one operation uses on the CPU.
  ///
  /// - Throws: `TorchError` for a number outside of `1...1024`.
  public static func setThreadCount(_ count: Int) throws {
    try check("setThreadCount") { ct_set_thread_count(Int64(count)) }
  }

  /// Asks the C library to keep the memory of freed tensors for the next step.
  ///
  /// A training step allocates and frees the same large tensors over and over; by default each goes
  /// back to the kernel, which has to zero its pages when they are handed out again. For a program
  /// that does little else than train. Call it once, before the first tensor.
  public static func keepFreedMemory() {
    ct_keep_freed_memory()
  }

  /// Gives the pages of freed tensors back to the system, which `keepFreedMemory` keeps: after a step
  /// from which on less is needed. The next step gets what it needs zeroed anew.
  public static func returnFreedMemory() {
    ct_return_freed_memory()
  }

  /// Gives the memory of freed tensors on GPUs back, so that what comes next, or another program, can have it.
  public static func returnFreedDeviceMemory() {
    RecordedWork.lock.withLock { ct_device_return_freed_memory() }
  }

  /// The bytes that are allocated on the heap, tensors on the CPU among them; nil where the C library
  /// does not count them (glibc 2.33 and newer does).
  public static var allocatedBytes: Int? {
    let bytes = ct_allocated_bytes()
    return bytes < 0 ? nil : Int(bytes)
  }
}
