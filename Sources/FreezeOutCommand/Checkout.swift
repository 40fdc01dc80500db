import Foundation

/// The checkout that this program was built in.
enum Checkout {
  /// The folder above the build folder that holds this program; nil for a program that lies elsewhere.
  static var folder: URL? {
    var folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    while let place = folder, place.path != "/" {
      let libtorch = place.appendingPathComponent(".libtorch")
      if FileManager.default.fileExists(atPath: libtorch.path) { return place }
      folder = place.deletingLastPathComponent()
    }
    return nil
  }
}
