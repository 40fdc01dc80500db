import Foundation
import Torch

@testable import Datasets

/// Archives that are unpacked: whatever their members are called and are, nothing appears, changes or
/// goes outside of the folder, and in it are the wanted files or nothing.
///
/// The first byte tells: `r` for an archive as it is, `t` for a tar file, which is compressed here, and
/// `m` for members in six bytes each (`HostileMember`).
struct ArchiveTarget: FuzzTarget {
  static let name = "archive"
  static let mutation = Mutation.text

  static func expects(_ error: any Error) -> Bool {
    if case .extractionFailed = error as? DatasetError { true } else { false }
  }

  /// tar runs in a process of its own.
  static func memory(ofInputOf byteCount: Int) -> Int { 1 << 20 + 64 * byteCount }

  private let scratch: ScratchFolder
  private let data: URL
  private let outside: URL
  private let canary: URL
  private static let secret = Data("not to be touched".utf8)

  init() throws {
    scratch = try ScratchFolder()
    data = scratch.url.appendingPathComponent("data", isDirectory: true)
    outside = scratch.url.appendingPathComponent("outside", isDirectory: true)
    canary = outside.appendingPathComponent("canary")
    for folder in [data, outside] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }
    try Self.secret.write(to: canary)
    // What tar might take for its own folder.
    _ = FileManager.default.changeCurrentDirectoryPath(outside.path)
  }

  func seeds() throws -> [String: Data] {
    func members(_ bytes: [[UInt8]]) -> Data { Data("m".utf8) + Data(bytes.joined()) }
    let plain = HostileMember.wanted.map { TarEntry(name: $0, content: Data($0.utf8)).bytes }
    let tar = plain.reduce(Data(), +) + Data(count: 1024)
    return [
      "plain": Data("t".utf8) + tar,
      "gzip": Data("r".utf8) + Gzip.stored(tar),
      "members": members([[0, 0, 0, 9, 0, 0], [1, 0, 0, 9, 0, 0]]),
      "link-first": members([[0, 2, 0, 0, 0, 0], [0, 0, 0, 9, 0, 0], [1, 0, 0, 9, 0, 0]]),
      "folder-link": members([[2, 2, 1, 0, 0, 0], [0, 0, 0, 9, 0, 0], [1, 0, 0, 9, 0, 0]]),
      "hard-link": members([[0, 1, 0, 0, 0, 0], [0, 0, 0, 9, 0, 0], [1, 0, 0, 9, 0, 0]]),
      "outside": members([[3, 0, 0, 9, 0, 0], [4, 0, 0, 9, 0, 0], [0, 0, 0, 9, 0, 0]]),
      "under-link": members([[0, 2, 1, 0, 0, 0], [5, 0, 0, 9, 0, 0], [1, 0, 0, 9, 0, 0]]),
    ]
  }

  func run(_ input: Data) throws {
    let archive = data.appendingPathComponent("set.tar.gz")
    let place = data.appendingPathComponent("set", isDirectory: true)
    try bytes(of: input).write(to: archive)
    defer { try? FileManager.default.removeItem(at: place) }
    let extraction = ArchiveExtraction(
      archive: archive,
      folderName: HostileMember.folderName,
      files: HostileMember.fileNames
    )
    do {
      try extraction.run(to: place)
    } catch {
      checkOutside()
      require(try names(in: data) == ["set.tar.gz"], "a refused archive left something")
      throw error
    }
    checkOutside()
    require(try names(in: data) == ["set", "set.tar.gz"], "something beside the folder")
    require(try names(in: place) == HostileMember.fileNames.sorted(), "another file in the folder")
    for name in HostileMember.fileNames {
      let path = place.appendingPathComponent(name).path
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      require(attributes[.type] as? FileAttributeType == .typeRegular, "\(name) is no file")
    }
  }

  private func bytes(of input: Data) -> Data {
    let rest = Data(input.dropFirst())
    switch input.first {
    case UInt8(ascii: "r"): return rest
    case UInt8(ascii: "t"): return Gzip.stored(rest)
    default:
      let tar = HostileMember.tar(of: [UInt8](rest), outside: outside.path)
      return Gzip.stored(tar)
    }
  }

  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func checkOutside() {
    do {
      require(
        try names(in: scratch.url) == ["data", "outside"],
        "something beside the data folder"
      )
      require(try names(in: outside) == ["canary"], "something in the folder outside")
      require(try Data(contentsOf: canary) == Self.secret, "the file outside has changed")
      let attributes = try FileManager.default.attributesOfItem(atPath: canary.path)
      require(attributes[.type] as? FileAttributeType == .typeRegular, "the file outside is none")
      require(
        (attributes[.referenceCount] as? NSNumber)?.intValue == 1,
        "the file outside has a link"
      )
    } catch {
      require(false, "what is outside cannot be looked at: \(error)")
    }
  }
}
