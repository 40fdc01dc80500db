import ArgumentParser

/// A share of the time, as in `20%` or `0.2`.
struct Share: ExpressibleByArgument, Equatable {
  let value: Double

  init?(argument: String) {
    let isPercentage = argument.hasSuffix("%")
    let digits = isPercentage ? argument.dropLast() : argument[...]
    guard let number = Double(digits) else { return nil }
    let value = isPercentage ? number / 100 : number
    guard value > 0, value < 1 else { return nil }
    self.value = value
  }
}

/// A time, as in `90s`, `15m`, `1h30m` or `2h`.
struct TimeSpan: ExpressibleByArgument, Equatable {
  let seconds: Double

  init?(argument: String) {
    var rest = argument[...]
    var seconds = 0.0
    var units = ["h": 3600.0, "m": 60, "s": 1]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      guard let number = Double(digits), let unit = rest.popFirst(),
        let factor = units.removeValue(forKey: String(unit))
      else { return nil }
      seconds += number * factor
      // Units go down: nobody writes 30s1h.
      units = units.filter { $0.value < factor }
    }
    guard seconds > 0, seconds.isFinite else { return nil }
    self.seconds = seconds
  }
}

/// An amount of memory, as in `500MB`, `2GB` or `1GiB`; a number alone is of bytes.
struct ByteCount: ExpressibleByArgument, Equatable {
  let bytes: Int

  private static let units: [(String, Double)] = [
    ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30), ("TiB", 0x1p40), ("KB", 1e3), ("MB", 1e6),
    ("GB", 1e9), ("TB", 1e12), ("B", 1),
  ]

  init?(argument: String) {
    let unit = Self.units.first { argument.uppercased().hasSuffix($0.0.uppercased()) } ?? ("", 1)
    guard let number = Double(argument.dropLast(unit.0.count)), number > 0,
      number * unit.1 >= 1, number * unit.1 < 0x1p62
    else { return nil }
    bytes = Int(number * unit.1)
  }
}

/// How often a run's state is kept within an epoch: after so many iterations, as in `500`, or so much
/// time, as in `10m`.
enum CheckpointInterval: ExpressibleByArgument, Equatable {
  case iterations(Int)
  case seconds(Double)

  /// Ten minutes: so much work is lost at most by whatever ends a run.
  static let standard = CheckpointInterval.seconds(600)

  init?(argument: String) {
    if let count = Int(argument) {
      guard count >= 1 else { return nil }
      self = .iterations(count)
    } else if let span = TimeSpan(argument: argument) {
      self = .seconds(span.seconds)
    } else {
      return nil
    }
  }
}
