/// What determines a property of a mark: a column, or one value for all rows.
struct Channel: Hashable, Sendable, Encodable {
  /// How the values of a column are to be understood.
  enum Measure: String, Hashable, Sendable, Encodable {
    case quantitative, nominal
  }

  var field: String?
  var type: Measure?
  /// A value on the scale.
  var datum: Double?
  /// A number of pixels from the left or from the top.
  var value: Double?
  var title: String?
  /// How numbers are written, in d3-format's language.
  var format: String?
  var scale: Scale?
  var axis: Axis?
  var legend: Legend?

  /// Numbers of a column.
  static func number(
    _ field: String,
    title: String? = nil,
    format: String? = nil,
    scale: Scale? = nil,
    axis: Axis? = nil,
    legend: Legend? = nil
  ) -> Channel {
    Channel(
      field: field,
      type: .quantitative,
      title: title,
      format: format,
      scale: scale,
      axis: axis,
      legend: legend
    )
  }

  /// Words of a column.
  static func word(
    _ field: String,
    title: String? = nil,
    scale: Scale? = nil,
    legend: Legend? = nil
  ) -> Channel {
    Channel(field: field, type: .nominal, title: title, scale: scale, legend: legend)
  }

  /// The other end of what another channel begins.
  static func end(_ field: String) -> Channel { Channel(field: field) }

  /// The same place on the scale for every row.
  static func datum(_ datum: Double) -> Channel { Channel(datum: datum) }

  /// The same pixel for every row.
  static func pixels(_ value: Double) -> Channel { Channel(value: value) }
}

/// Which column determines which property of a mark.
struct Encoding: Hashable, Sendable, Encodable {
  var x: Channel?
  var x2: Channel?
  var y: Channel?
  var y2: Channel?
  var color: Channel?
  var shape: Channel?
  var strokeDash: Channel?
  var text: Channel?
  /// What keeps the rows of one line from those of another.
  var detail: Channel?
  /// In which order a line goes through its rows.
  var order: Channel?
  var tooltip: [Channel]?
}
