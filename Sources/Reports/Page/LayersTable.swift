import FreezeOut
import Training

/// The layers of a run: what each costs and when it freezes.
struct LayersTable {
  private let run: ReportedRun

  init(_ run: ReportedRun) {
    self.run = run
  }

  var markup: Markup {
    """
    <details>
    <summary>The \(run.layers.count.grouped) layers as a table</summary>
    <div class="wide"><table>
    <thead><tr><th scope="col">layer</th><th scope="col">first rate</th>\
    <th scope="col">share of a step, %</th><th scope="col">trains for epochs</th>\
    <th scope="col">frozen from iteration</th></tr></thead>
    <tbody>
    \(Markup(run.layers.indices.map(row)))
    </tbody>
    </table></div>
    </details>
    """
  }

  private func row(_ layer: Int) -> Markup {
    let schedule = run.schedule
    let share = run.costs.map { ($0.share(ofLayer: layer) * 100).fixed(1) } ?? ""
    let epochs = (schedule.freezeTime(ofLayer: layer) * run.epochCount).fixed(1)
    let freeze = schedule.freezeIteration(ofLayer: layer).map(\.grouped) ?? "never"
    return """
      <tr><th scope="row">\(run.layers[layer])</th>\
      <td>\(schedule.initialLearningRate(ofLayer: layer).fixed(4))</td>\
      <td>\(share)</td><td>\(epochs)</td><td>\(freeze)</td></tr>
      """
  }
}
