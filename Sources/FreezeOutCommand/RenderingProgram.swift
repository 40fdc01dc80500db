/// What Python runs to draw charts.
enum RenderingProgram {
  /// Succeeds where there is a vl-convert that knows the charts' version of Vega-Lite.
  static let check = """
    from vl_convert import get_vegalite_versions
    raise SystemExit(not any(version.startswith("6.") for version in get_vegalite_versions()))
    """

  /// Reads a request from standard input and writes the answer to standard output, both JSON; pictures in
  /// base 64. PNG has two dots a pixel, for print and dense screens.
  static let text = """
    from base64 import b64encode
    from json import dump, load
    from sys import stdin, stdout
    from vl_convert import javascript_bundle, vegalite_to_png, vegalite_to_svg
    request = load(stdin)
    pictures = {}
    for order in request["pictures"]:
      if order["format"] == "svg":
        picture = vegalite_to_svg(order["specification"]).encode()
      else:
        picture = vegalite_to_png(order["specification"], scale=2)
      pictures[order["name"]] = b64encode(picture).decode()
    answer = {"pictures": pictures}
    if request["library"]:
      answer["library"] = javascript_bundle()
    dump(answer, stdout)
    """
}
