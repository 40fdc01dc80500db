import Datasets
import Foundation

/// A file's SHA-256 digest within the file itself, as a value of its JSON header: what tells that any
/// bit of it has changed.
///
/// The digest is that of the file with zeros in the digest's place.
enum FileSeal {
  /// The key in the header's metadata.
  static let key = "freezeout.sha256"

  /// What stands in the digest's place until the file is sealed.
  static let blank = String(repeating: "0", count: 64)

  /// The bytes of a file that has a blank, with the digest in it.
  static func sealed(_ data: Data) -> Data {
    guard let place = place(in: data) else { return data }
    var sealed = data
    sealed.replaceSubrange(place, with: digest(of: data).utf8)
    return sealed
  }

  /// What is wrong with a file that should be sealed; nil for nothing.
  static func fault(in data: Data) -> String? {
    guard let place = place(in: data) else { return "it has no checksum" }
    var blanked = data
    blanked.replaceSubrange(place, with: blank.utf8)
    guard data[place].elementsEqual(digest(of: blanked).utf8) else {
      return "it is damaged: its checksum is not that of its contents"
    }
    return nil
  }

  private static func digest(of data: Data) -> String {
    var digest = ContentDigest()
    data.withUnsafeBytes { digest.update($0) }
    return digest.text
  }

  /// Where the digest stands. Within a text of the header the quotes would be escaped, so that no text
  /// is taken for it.
  private static func place(in data: Data) -> Range<Data.Index>? {
    guard let key = data.range(of: Data("\"\(key)\":\"".utf8)),
      key.upperBound + blank.utf8.count <= data.endIndex
    else { return nil }
    return key.upperBound..<key.upperBound + blank.utf8.count
  }
}
