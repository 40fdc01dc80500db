/// HTML that is safe to show: text that came from elsewhere is in it as text.
struct Markup: Sendable, ExpressibleByStringInterpolation {
  /// The HTML.
  let html: String

  /// HTML as it stands in the sources.
  init(stringLiteral html: String) { self.html = html }

  /// Parts one after another.
  init(_ parts: [Markup]) { html = parts.map(\.html).joined(separator: "\n") }

  /// HTML with escaped text in it; a `Markup` within stays HTML.
  init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var html = ""
    init(literalCapacity: Int, interpolationCount: Int) {}
    mutating func appendLiteral(_ literal: String) { html += literal }
    mutating func appendInterpolation(_ text: String) { html += Markup.escaped(text) }
    mutating func appendInterpolation(_ markup: Markup) { html += markup.html }
    mutating func appendInterpolation(trusted html: String) { self.html += html }
  }

  /// By scalars: a mark that joins a bracket makes it another character, but not another bracket.
  private static func escaped(_ text: String) -> String {
    var html = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": html.append(contentsOf: "&amp;".unicodeScalars)
      case "<": html.append(contentsOf: "&lt;".unicodeScalars)
      case ">": html.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": html.append(contentsOf: "&quot;".unicodeScalars)
      case "'": html.append(contentsOf: "&#39;".unicodeScalars)
      default: html.append(scalar)
      }
    }
    return String(html)
  }
}

extension String {
  /// JSON that can stand within a `script` element: nothing in it begins a tag or a comment.
  var asScriptJSON: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
          scalar == "<" ? Array("\\u003c".unicodeScalars) : [scalar]
        }
      )
    )
  }
}
