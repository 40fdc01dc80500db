import Foundation
import FreezeOut
import Testing
import Training

@testable import Reports

struct ChartTests {
  private func setting(_ run: ReportedRun) -> Setting { Experiment.all(of: [run])[0].settings[0] }

  @Test
  func `a chart of literal runs is this specification`() throws {
    let run = try Runs.run(Runs.configuration(Runs.freezing()), costs: Runs.costs)
    let figure = Figure.rates(of: setting(run), name: "rates")
    let specification = figure.bareSpecification(.light)
    let configuration = try specification.config.sortedJSON()
    #expect(
      try specification.sortedJSON() == """
        {"$schema":"https://vega.github.io/schema/vega-lite/v6.json","background":"#ffffff",\
        "config":\(configuration),\
        "description":"Learning rates: the early layers stop first. A line for each layer, from the \
        first (0) to the last: where it meets zero the layer freezes.","height":300,\
        "layer":[{"data":{"name":"rates"},"encoding":{\
        "color":{"field":"layer","legend":{"direction":"vertical","format":"d","orient":"right",\
        "values":[0,1,2]},"scale":{"domain":[0,2],"scheme":{"extent":[0,0.88],"name":"viridis"}},\
        "title":"layer","type":"quantitative"},"detail":{"field":"layer","type":"quantitative"},\
        "tooltip":[{"field":"name","title":"layer","type":"nominal"},\
        {"field":"epoch","format":".2f","title":"epoch","type":"quantitative"},\
        {"field":"rate","format":".4f","title":"learning rate","type":"quantitative"}],\
        "x":{"axis":{"grid":false,"tickMinStep":1},"field":"epoch","title":"epoch","type":"quantitative"},\
        "y":{"field":"rate","title":"learning rate","type":"quantitative"}},\
        "mark":{"opacity":0.9,"strokeWidth":1.6,"type":"line"}}],"width":"container"}
        """
    )
  }

  @Test
  func `rates begin as the schedule says and end at zero where the layer freezes`() throws {
    let run = try Runs.run(Runs.configuration(Runs.freezing(scaled: true)))
    let rows = Figure.rates(of: setting(run), name: "rates").tables[0].rows
    // t0 = 0.5 and three layers: they freeze after 0.5, 0.75 and 1 of four epochs.
    for (layer, (first, end)) in zip(
      [(0.2, 2.0), (0.133333, 3), (0.1, 4)].indices,
      [(0.2, 2.0), (0.133333, 3), (0.1, 4)]
    ) {
      let mine = rows.filter { $0[0] == .count(layer) }
      #expect(mine.first?[2] == .number(0) && mine.first?[3] == .number(first))
      #expect(mine.last?[2] == .number(end) && mine.last?[3] == .number(0))
    }
  }

  @Test
  func `bars are as long as layers train and as thick as they cost`() throws {
    let run = try Runs.run(Runs.configuration(Runs.freezing()), costs: Runs.costs)
    let table = Figure.layers(of: setting(run), name: "layers").tables[0]
    #expect(
      table.csv == """
        layer,name,trainedEpochs,cost,costBegin,costEnd,costMiddle,label,labelColor,start
        0,first,2,25,0,25,12.5,first  25.0 %,#ffffff,0
        1,second,3,50,25,75,50,second  50.0 %,#000000,0
        2,last,4,25,75,100,87.5,last  25.0 %,#000000,0

        """
    )
  }

  @Test
  func `without measured costs the bars are equally thick and say so`() throws {
    let figure = Figure.layers(
      of: setting(try Runs.run(Runs.configuration(Runs.freezing()))),
      name: "layers"
    )
    #expect(figure.tables[0].rows.map { $0[3] } == [.empty, .empty, .empty])
    #expect(figure.caption.contains("What layers cost was not measured"))
  }

  @Test
  func `an epoch's seconds stand beside those that were predicted`() throws {
    let run = try Runs.run(
      Runs.configuration(Runs.freezing()),
      epochSeconds: [10, 11],
      errors: [80, 70],
      isFinished: false,
      prediction: RunPrediction(
        epochSeconds: [10, 10, 9, 8],
        baselineEpochSeconds: [10, 10, 10, 10]
      )
    )
    let figure = try #require(Figure.epochSeconds(of: setting(run), name: "seconds"))
    #expect(
      figure.tables[0].csv == "series,run,seed,epoch,seconds\n"
        + "measured,\"linear, unscaled, t0 = 0.5 0\",0,1,10\n"
        + "measured,\"linear, unscaled, t0 = 0.5 0\",0,2,11\n"
    )
    #expect(figure.tables[1].rows.count == 8)
    #expect(figure.tables[2].csv == "layer,epoch\nfirst,2.5\nsecond,3.5\n")
    #expect(
      figure.csvFiles.map(\.name) == [
        "seconds.csv", "seconds-predicted.csv", "seconds-freezes.csv",
      ]
    )
  }

  @Test
  func `the frontier has every seed, the means, and the baseline's band`() throws {
    let figure = try #require(
      Figure.frontier(of: Experiment.all(of: Runs.sweep())[0].settings, name: "frontier")
    )
    let (means, seeds, baseline) = (figure.tables[0], figure.tables[1], figure.tables[2])
    #expect(seeds.rows.count == 8)
    #expect(
      means.csv.split(separator: "\n").prefix(2).map(String.init) == [
        "series,setting,t0,label,saved,savedDeviation,savedLow,savedHigh,error,errorDeviation,"
          + "errorLow,errorHigh,runs,savedOf,order,corner",
        "\"linear, unscaled\",\"linear, unscaled, t0 = 0.5\",0.5,0.5,12.5,0,12.5,12.5,42,0.7071,"
          + "41.2929,42.7071,2,baseline,0,0",
      ]
    )
    #expect(
      baseline.csv == "error,errorDeviation,errorLow,errorHigh,runs,label\n"
        + "41,1.4142,39.5858,42.4142,2,baseline 41.00 %\n"
    )
  }

  @Test
  func `there is no frontier of a run alone, and no band of one baseline`() throws {
    let frozen = try Runs.run(Runs.configuration(Runs.freezing()), paceSaving: 0.2)
    #expect(Figure.frontier(of: [setting(frozen)], name: "frontier") == nil)
    let pair = [frozen, try Runs.run(Runs.configuration(nil))]
    let figure = try #require(Figure.frontier(of: Experiment.all(of: pair)[0].settings, name: ""))
    #expect(figure.tables[2].rows[0][1] == .empty)
    #expect(figure.caption.contains("The line across: the baseline."))
  }

  @Test
  func `means of a curve go as far as all seeds have come`() throws {
    let runs = [
      try Runs.run(Runs.configuration(nil)),
      try Runs.run(
        Runs.configuration(nil, seed: 1),
        epochSeconds: [12, 12],
        errors: [82, 64],
        isFinished: false
      ),
    ]
    let figure = try #require(
      Figure.error(.errorByTime, of: Experiment.all(of: runs)[0].settings, name: "error")
    )
    #expect(
      figure.tables[0].csv == "series,setting,seconds,error,runs\nbaseline,baseline,11,81,2\n"
        + "baseline,baseline,22,62,2\n"
    )
    #expect(figure.tables[1].rows.count == 6)
  }

  @Test
  func `a run without an epoch yet takes no line away`() throws {
    let runs = try [
      Runs.run(Runs.configuration(nil)),
      Runs.run(Runs.configuration(nil, seed: 1), epochSeconds: [], errors: [], isFinished: false),
      Runs.run(
        Runs.configuration(nil, seed: 2),
        epochSeconds: [10],
        errors: [80],
        isFinished: false
      ),
      Runs.run(Runs.configuration(nil, seed: 2), epochSeconds: [], errors: [], isFinished: false),
    ]
    let figures = Report(runs).figures
    for name in ["error", "loss"] {
      let table = try #require(figures.first { $0.name == name }?.tables[0])
      // Of the seeds 0 and 2, as far as both have come: an epoch, of two losses.
      #expect(table.rows.count == (name == "loss" ? 2 : 1), "\(table.csv)")
      #expect(table.rows.allSatisfy { $0.last == .count(2) }, "\(table.csv)")
    }
  }

  @Test
  func `strategies have colours and shapes of their own, and baselines none`() {
    let style = SeriesStyle(["baseline", "one", "two"], neutral: ["baseline"])
    #expect(
      style.colors(.light)
        == .words(["baseline", "one", "two"], .words(["#4a4f55", "#0072b2", "#d55e00"]))
    )
    #expect(style.shapes == .words(style.names, .words(["circle", "circle", "square"])))
  }

  @Test
  func `every figure has a name of its own`() throws {
    var other = Runs.configuration(nil)
    other.learningRate = 0.05
    let report = Report(try Runs.sweep() + [Runs.run(other)])
    let names = report.figures.map(\.name)
    #expect(Set(names).count == names.count && names.count > 20)
    #expect(names.contains("densenet-bc-k-4-l-10-on-cifar10-rates"))
    #expect(report.runsTable.rows.count == 11)
  }
}
