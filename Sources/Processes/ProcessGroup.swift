internal import CProcessGroup

/// The processes of a job that work on one thing together, each with a rank from 0, through MPI.
///
/// There is at most one in a process. Everything but `rank`, `count` and `abort` is collective: all processes call it,
/// in the same order and with the same counts, each on the thread that joined.
public final class ProcessGroup: @unchecked Sendable {
  /// This process's number, in `0..<count`.
  public let rank: Int
  /// How many processes there are.
  public let count: Int
  /// MPI's name and version, as it tells them.
  public let implementation: String

  private let functions: UnsafePointer<pg_functions>

  /// Joins the job that this process was started in.
  ///
  /// - Parameter binding: The file that `scripts/setup-mpi` makes.
  /// - Throws: `ProcessGroupError`
  init(binding: String) throws {
    var reason = [CChar](repeating: 0, count: 500)
    guard let functions = pg_load(binding, &reason, Int64(reason.count)) else {
      throw ProcessGroupError.binding(binding, reason: Self.text(reason))
    }
    self.functions = functions
    var (rank, count): (Int32, Int32) = (0, 0)
    try Self.check(functions, "joining the job", functions.pointee.start())
    try Self.check(functions, "joining the job", functions.pointee.rank(&rank))
    try Self.check(functions, "joining the job", functions.pointee.size(&count))
    (self.rank, self.count) = (Int(rank), Int(count))
    var name = [CChar](repeating: 0, count: 100)
    functions.pointee.name(&name, Int64(name.count))
    implementation = Self.text(name)
  }

  /// Leaves the job: the last call.
  ///
  /// - Throws: `ProcessGroupError.failed`
  public func leave() throws {
    try check("leaving the job", functions.pointee.finish())
  }

  /// Ends all processes of the job, this one too, with an exit status.
  public func abort(exitStatus: Int32) {
    functions.pointee.abort(exitStatus)
  }

  // MARK: - Sums

  /// Each value's sum over all processes.
  ///
  /// - Throws: `ProcessGroupError.failed`, as where a process has died.
  public func sum(_ values: [Double]) throws -> [Double] {
    var sums = values
    try check("a sum over the processes", functions.pointee.sum_float64(&sums, Int64(sums.count)))
    return sums
  }

  /// Makes each value its sum over all processes, and returns false where that fails.
  public func addUp(_ values: UnsafeMutableBufferPointer<Double>) -> Bool {
    functions.pointee.sum_float64(values.baseAddress, Int64(values.count)) == 0
  }

  /// A sum that goes on in the background.
  public struct PendingSum {
    fileprivate let request: UnsafeMutableRawPointer?
  }

  /// Begins to turn each value into its sum over all processes, in the background.
  ///
  /// - Parameter values: Float32 in memory that lives, and that nobody touches, until `wait(for:)` returns.
  /// - Throws: `ProcessGroupError.failed`
  public func beginSum(_ values: UnsafeMutableBufferPointer<Float>) throws -> PendingSum {
    try pending { functions.pointee.begin_sum_float32(values.baseAddress, Int64(values.count), $0) }
  }

  /// The same of float64.
  ///
  /// - Throws: `ProcessGroupError.failed`
  public func beginSum(_ values: UnsafeMutableBufferPointer<Double>) throws -> PendingSum {
    try pending { functions.pointee.begin_sum_float64(values.baseAddress, Int64(values.count), $0) }
  }

  /// Waits for a sum; once.
  ///
  /// - Throws: `ProcessGroupError.failed`
  public func wait(for sum: PendingSum) throws {
    try check(
      "a sum over the processes",
      functions.pointee.wait(pg_request(pointer: sum.request))
    )
  }

  /// Lets sums in the background go on, which MPI does within its own calls alone. Not collective.
  ///
  /// - Throws: `ProcessGroupError.failed`
  public func makeProgress() throws {
    try check("a sum over the processes", functions.pointee.progress())
  }

  // MARK: - From process 0 to all

  /// The bytes that process 0 has; what the others give is not looked at.
  ///
  /// - Throws: `ProcessGroupError.failed`
  public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    var count = Int64(rank == 0 ? bytes.count : 0)
    try check("a broadcast", functions.pointee.broadcast(&count, 8))
    var all = rank == 0 ? bytes : [UInt8](repeating: 0, count: Int(count))
    try check("a broadcast", functions.pointee.broadcast(&all, count))
    return all
  }

  // MARK: - Errors

  private func pending(_ begin: (UnsafeMutablePointer<pg_request>) -> pg_status) throws
    -> PendingSum
  {
    var request = pg_request(pointer: nil)
    try check("a sum over the processes", begin(&request))
    return PendingSum(request: request.pointer)
  }

  private func check(_ work: String, _ status: pg_status) throws {
    try Self.check(functions, work, status)
  }

  private static func check(
    _ functions: UnsafePointer<pg_functions>,
    _ work: String,
    _ status: pg_status
  ) throws {
    guard status != 0 else { return }
    var words = [CChar](repeating: 0, count: 500)
    functions.pointee.describe(status, &words, Int64(words.count))
    throw ProcessGroupError.failed(work, reason: text(words))
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// Why processes cannot work together.
public enum ProcessGroupError: Error, Equatable, Sendable, CustomStringConvertible {
  /// This process is one of several, and there is no binding to their MPI.
  case noBinding(processCount: Int, path: String)
  /// The binding cannot be used.
  case binding(String, reason: String)
  /// MPI could not do something, as where a process has died.
  case failed(String, reason: String)

  /// One sentence for a person: what happened and what to do.
  public var description: String {
    switch self {
    case .noBinding(let count, let path):
      "this is one of \(count) processes, and \(path), which binds this program to their MPI, is not "
        + "there: run scripts/setup-mpi, or start the program alone"
    case .binding(let path, let reason):
      "\(path) cannot be used (\(reason)): run scripts/setup-mpi again, with the MPI whose mpirun starts "
        + "this program"
    case .failed(let work, let reason):
      "\(work) failed (\(reason)): look at what the other processes say; the run goes on from its last "
        + "checkpoint with --resume"
    }
  }
}
