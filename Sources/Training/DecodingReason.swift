/// Why JSON of a description could not be read, in words: which key is missing or wrong.
package func decodingReason(_ error: any Error) -> String {
  switch error {
  case DecodingError.keyNotFound(let key, let context):
    "the key \(path(context.codingPath + [key])) is missing"
  case DecodingError.valueNotFound(_, let context):
    "the key \(path(context.codingPath)) has no value"
  case DecodingError.typeMismatch(let type, let context):
    context.codingPath.isEmpty
      ? "its JSON is no object" : "the key \(path(context.codingPath)) holds no \(word(for: type))"
  case DecodingError.dataCorrupted(let context):
    context.codingPath.isEmpty
      ? "it is no JSON, or has a number that does not fit"
      : "the key \(path(context.codingPath)) holds what it cannot hold"
  default: "\(error)"
  }
}

/// `records[3].epoch`
private func path(_ keys: [any CodingKey]) -> String {
  keys.reduce(into: "") { path, key in
    if let index = key.intValue {
      path += "[\(index)]"
    } else {
      path += (path.isEmpty ? "" : ".") + key.stringValue
    }
  }
}

private func word(for type: any Any.Type) -> String {
  switch type {
  case is Bool.Type: "true or false"
  case is String.Type: "text"
  case is any BinaryInteger.Type: "whole number"
  case is any BinaryFloatingPoint.Type: "number"
  case is [Any].Type: "list"
  default: "object"
  }
}
