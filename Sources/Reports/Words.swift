import Foundation

extension Double {
  /// The number with so many digits behind the point.
  package func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

  /// The number with its sign and so many digits behind the point.
  package func signed(_ digits: Int) -> String { String(format: "%+.\(digits)f", self) }

  /// A share as in `20.1 %`.
  package var percent: String { "\((self * 100).fixed(1)) %" }

  /// A number of seconds as a person says it: `8.2 s`, `3 min 20 s`, `2 h 05 min`.
  package var asDuration: String {
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
  package var grouped: String {
    let digits = String(magnitude)
    let groups = digits.enumerated().map { place, digit in
      let rest = digits.count - place
      return rest.isMultiple(of: 3) && place > 0 ? ",\(digit)" : "\(digit)"
    }
    return (self < 0 ? "-" : "") + groups.joined()
  }
}

extension String {
  /// Small letters and digits, with hyphens for everything else: a name for files and anchors.
  var asName: String {
    let letters = lowercased().unicodeScalars.map { scalar in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "."
        ? String(scalar) : "-"
    }
    return letters.joined().split(separator: "-").joined(separator: "-")
  }
}

extension Double {
  /// The number with so many digits behind the point, as a number.
  func rounded(digits: Int) -> Double { Double(fixed(digits)) ?? self }
}

extension String {
  /// The words in lines of no more than so many characters; a longer word has a line of its own.
  package func wrapped(to width: Int) -> [String] {
    split(separator: " ").reduce(into: []) { lines, word in
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
  }
}
