import Torch

/// Where tensors live and operations run: `Torch.Device`, for programs that have no tensors of
/// their own.
public typealias Device = Torch.Device

/// The libtorch that this process runs on: `Torch.Runtime`.
public typealias Runtime = Torch.Runtime

/// In how many bits products are made: `Torch.ReducedPrecision`.
public typealias ReducedPrecision = Torch.ReducedPrecision

/// Files that are read and written as a whole: `Torch.RegularFile`.
public typealias RegularFile = Torch.RegularFile
