import Foundation

extension Double {
  /// The number with so many digits behind the point.
  func fixed(_ digits: Int) -> String {
    String(format: "%.\(digits)f", self)
  }

  /// The number with its sign and so many digits behind the point.
  func signed(_ digits: Int) -> String {
    String(format: "%+.\(digits)f", self)
  }

  /// The number with so many significant digits, in scientific notation where it is short.
  func significant(_ digits: Int) -> String {
    String(format: "%.\(digits)g", self)
  }

  /// A number of seconds as a person says it: `8.2 s`, `3 min 20 s`, `2 h 05 min`.
  var asDuration: String {
    guard self >= 59.95 else { return "\(fixed(1)) s" }
    guard self < 1e15 else { return "ages" }
    let seconds = Int(rounded())
    if seconds < 3600 { return String(format: "%d min %02d s", seconds / 60, seconds % 60) }
    let minutes = Int((self / 60).rounded())
    return String(format: "%d h %02d min", minutes / 60, minutes % 60)
  }
}

extension Int {
  /// The number with commas between groups of three digits.
  var grouped: String {
    var digits = String(magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }
}

extension String {
  /// The text with spaces before it up to a width.
  func padded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  /// The text with spaces behind it up to a width.
  func filled(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
