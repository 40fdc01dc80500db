extension Page {
  /// How the page looks; the charts bring their own look for both themes.
  static let style = """
    :root { color-scheme: light dark; --ink: \(Theme.light.ink); --quiet: \(Theme.light.quietInk); \
    --background: \(Theme.light.background); --line: \(Theme.light.grid); --band: #f3f5f7; }
    @media (prefers-color-scheme: dark) { :root { --ink: \(Theme.dark.ink); \
    --quiet: \(Theme.dark.quietInk); --background: \(Theme.dark.background); --line: \(Theme.dark.grid); \
    --band: #161b22; } }
    body { margin: 0; color: var(--ink); background: var(--background); \
    font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
    main { max-width: 860px; margin: 0 auto; padding: 1rem 1.25rem 3rem; }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: 1rem 0 0.5rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.25rem; margin: 1.5rem 0 0.5rem; overflow-wrap: anywhere; }
    h3 { font-size: 1rem; margin: 0 0 0.5rem; }
    .finding { font-size: 1.15rem; }
    .note { border-left: 4px solid #d55e00; padding-left: 0.75rem; overflow-wrap: anywhere; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; \
    width: 100%; }
    th, td { padding: 0.3rem 0.6rem; text-align: right; border-bottom: 1px solid var(--line); }
    thead th { color: var(--quiet); font-weight: normal; vertical-align: bottom; }
    tbody th { font-weight: normal; min-width: 9rem; }
    th:first-child { text-align: left; }
    td { white-space: nowrap; }
    .footnote, figcaption { color: var(--quiet); font-size: 0.85rem; margin: 0.35rem 0; \
    overflow-wrap: anywhere; }
    figure { margin: 2rem 0; break-inside: avoid; }
    .chart { width: 100%; }
    figure svg { max-width: 100%; }
    noscript svg { background: #fff; height: auto; }
    details { margin: 0.75rem 0; }
    summary { cursor: pointer; color: var(--quiet); }
    details.setting { border-top: 1px solid var(--line); padding-top: 0.5rem; }
    details.setting > summary { color: var(--ink); font-weight: 600; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; font-size: 0.9rem; }
    dt { color: var(--quiet); }
    dd { margin: 0; overflow-wrap: anywhere; }
    code { background: var(--band); padding: 0.1rem 0.35rem; border-radius: 4px; \
    overflow-wrap: anywhere; font-size: 0.85em; }
    .command, footer { font-size: 0.9rem; color: var(--quiet); }
    #vg-tooltip-element { font-size: 12px; max-width: 90vw; }
    @media (max-width: 480px) { main { padding: 0.5rem 0.75rem 2rem; } dl { grid-template-columns: 1fr; } \
    dt { margin-top: 0.5rem; } th, td { padding: 0.3rem 0.4rem; } }
    @media print { main { max-width: none; } summary { list-style: none; } .wide { overflow: visible; } }
    """
}
