extension Trainer {
  /// What a run tells while it goes on.
  public enum Event: Sendable {
    /// An iteration was made.
    case iteration(IterationReport)
    /// Layers froze; the event of their first frozen iteration, which was made, follows.
    case freeze(FreezeRecord)
    /// So many of so many images were evaluated.
    case evaluation(imageCount: Int, of: Int)
    /// Where the frozen prefix runs from now on was found out.
    case placement(PrefixPlacement.Choice)
    /// A part of the work cannot be recorded for a device to repeat, and goes on operation by operation.
    case recordingFailed(RecordedPart, reason: String)
    /// An epoch ended.
    case epoch(EpochRecord)
  }

  /// What is recorded for a device to repeat.
  public enum RecordedPart: Hashable, Sendable, CaseIterable {
    /// Training steps.
    case steps
    /// The frozen layers' output.
    case frozenLayers
    /// The forward pass of an evaluation.
    case evaluation
  }

  /// An iteration that was made.
  public struct IterationReport: Sendable {
    /// The number of iterations made since the start of the run.
    public var iterations: Int
    /// The mean loss of the batch.
    public var loss: Double
    /// The number of images of the batch.
    public var imageCount: Int
    /// Its duration in seconds, with the wait for the batch. Where a device works on its own, the time since it had ended
    /// the iteration before.
    public var seconds: Double
    /// The wait for the batch, in seconds.
    public var dataSeconds: Double
    /// How long it took to record its step, or the frozen layers, for the GPU to repeat; nil where nothing was recorded.
    public var recordingSeconds: Double?
    /// How long the GPU had nothing to do since the iteration before, in seconds; nil on the CPU and for the first one of
    /// an epoch.
    public var idleSeconds: Double?
    /// How many layers are frozen.
    public var frozenCount: Int
    /// The last layer's learning rate.
    public var learningRate: Double
  }
}
