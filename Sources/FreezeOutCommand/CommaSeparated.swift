import ArgumentParser

/// Values with commas between them, as in `0.5,0.7,0.9`; at least one.
struct CommaSeparated<Value: ExpressibleByArgument>: ExpressibleByArgument {
  let values: [Value]

  init(_ values: [Value]) {
    self.values = values
  }

  init?(argument: String) {
    let words = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = words.compactMap {
      Value(argument: $0.trimmingPrefix(while: \.isWhitespace).description)
    }
    guard values.count == words.count else { return nil }
  }

  var defaultValueDescription: String {
    values.map(\.defaultValueDescription).joined(separator: ",")
  }
}

extension CommaSeparated: Equatable where Value: Equatable {}
extension CommaSeparated: Sendable where Value: Sendable {}
