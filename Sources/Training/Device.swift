import Torch

/// Where tensors live and operations run: `Torch.Device`, for programs that have no tensors of
/// their own.
public typealias Device = Torch.Device

/// The libtorch that this process runs on: `Torch.Runtime`.
public typealias Runtime = Torch.Runtime

/// Files that are read and written as a whole, for programs that have no tensors of their own.
public typealias RegularFile = Torch.RegularFile
