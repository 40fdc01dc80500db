import Foundation

extension Double {
  /// The number with so many significant digits, in scientific notation where it is short.
  func significant(_ digits: Int) -> String {
    String(format: "%.\(digits)g", self)
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
