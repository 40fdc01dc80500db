extension Page {
  /// Draws the charts in the theme of the surroundings, and anew when that changes, when a part is opened
  /// and, in the light theme, for paper. Expressions are interpreted, since the page allows no code to be
  /// made from text.
  static let script = """
    (() => {
      "use strict";
      const charts = JSON.parse(document.getElementById("charts").textContent);
      const dark = matchMedia("(prefers-color-scheme: dark)");
      const views = new Map();
      const draw = (place, theme) => {
        const chart = charts[place.dataset.chart];
        const specification = structuredClone(chart[theme]);
        specification.datasets = chart.datasets;
        if (place.clientWidth < 560) { specification.config.legend.columns = 1; }
        views.get(place)?.finalize();
        views.delete(place);
        return vegaEmbed(place, specification, {
          actions: false, ast: true, renderer: "svg", tooltip: { theme },
        }).then(view => views.set(place, view)).catch(error => { place.textContent = String(error); });
      };
      const shown = () => [...document.querySelectorAll("[data-chart]")].filter(place => !place.closest("details:not([open])"));
      const theme = () => dark.matches && !matchMedia("print").matches ? "dark" : "light";
      const drawAll = () => shown().forEach(place => draw(place, theme()));
      const drawNew = () => shown().filter(place => !views.has(place)).forEach(place => draw(place, theme()));
      dark.addEventListener("change", drawAll);
      matchMedia("print").addEventListener("change", drawAll);
      document.querySelectorAll("details").forEach(part => part.addEventListener("toggle", drawNew));
      drawAll();
    })();
    """
}
