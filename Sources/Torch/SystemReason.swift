import Foundation

extension Error {
  /// Why the system refused, in its own words, as a clause that can end a sentence: lower-case and
  /// without a full stop, as in `no space left on device`.
  ///
  /// Foundation says of most failures no more than that an operation could not be completed, and
  /// keeps the cause beneath.
  public var systemReason: String {
    if let error = self as? RegularFileError { return error.reason }
    let error = self as NSError
    if error.domain == NSPOSIXErrorDomain {
      return Self.clause(String(cString: strerror(Int32(truncatingIfNeeded: error.code))))
    }
    // Not `as? NSError`: on Linux the cause is a `POSIXError`, which that does not match.
    if let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error { return cause.systemReason }
    return Self.clause(error.localizedDescription)
  }

  private static func clause(_ sentence: String) -> String {
    var text = sentence[...]
    let boilerplate = "The operation could not be completed. "
    if text.hasPrefix(boilerplate) { text = text.dropFirst(boilerplate.count) }
    if text.hasSuffix(".") { text = text.dropLast() }
    // A first word of one letter, or all in capitals, is a name.
    let isWord = text.dropFirst().first?.isLowercase == true
    return isWord ? text.prefix(1).lowercased() + text.dropFirst() : String(text)
  }
}
