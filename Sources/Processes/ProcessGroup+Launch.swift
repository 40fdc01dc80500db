extension ProcessGroup {
  /// Joins the job that an `mpirun` or its like started this process in; nil where it was started alone.
  ///
  /// - Parameters:
  ///   - environment: The variables of this process.
  ///   - binding: Where `scripts/setup-mpi` leaves its file.
  ///   - exists: Whether there is a file at a path.
  /// - Throws: `ProcessGroupError`
  public static func joined(
    environment: [String: String],
    binding: String,
    exists: (String) -> Bool
  ) throws -> ProcessGroup? {
    guard let count = launchedCount(in: environment), count > 1 else { return nil }
    let path = environment["FREEZEOUT_MPI"].flatMap { $0.isEmpty ? nil : $0 } ?? binding
    guard exists(path) else { throw ProcessGroupError.noBinding(processCount: count, path: path) }
    let group = try ProcessGroup(binding: path)
    // Another MPI than the launcher's knows nothing of the other processes, each of which would be alone.
    guard group.count == count else {
      throw ProcessGroupError.binding(
        path,
        reason:
          "it is bound to \(group.implementation), which sees \(group.count) of the \(count) processes"
      )
    }
    return group
  }

  /// This process's number among those of its machine, as launchers say it; nil where none does.
  public static func localRank(in environment: [String: String]) -> Int? {
    ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID"]
      .lazy.compactMap { environment[$0].flatMap { Int($0) } }.first
  }

  /// How many processes a launcher says that it has started; nil where none says so.
  ///
  /// Open MPI's mpirun sets the first, MPICH's and Intel's the second, MVAPICH's the third. Slurm's srun sets the last
  /// for any program, so that a single task of it is none of several.
  public static func launchedCount(in environment: [String: String]) -> Int? {
    for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"] {
      if let count = environment[name].flatMap({ Int($0) }) { return count }
    }
    guard environment["SLURM_PROCID"] != nil,
      environment["PMIX_RANK"] != nil || environment["PMI_RANK"] != nil
    else { return nil }
    return environment["SLURM_STEP_NUM_TASKS"].flatMap { Int($0) }
  }
}
