import Foundation
import Testing

@testable import Datasets

/// A server on this machine's loopback address that gives `/NAME` from a folder, `/cut/NAME` only
/// half of what it promises, `/moved/NAME` a redirection to `/NAME`, and 404 for the rest.
final class LocalServer: @unchecked Sendable {
  static let isAvailable = (try? run("python3", ["-c", "import http.server"])) ?? false
  private let process = Process()
  /// The server ends when this closes: it does not outlive the tests, even if they crash.
  private let lifeline = Pipe()
  let address: String

  init(folder: URL) throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-u", "-c", Self.program, folder.path]
    process.standardInput = lifeline
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    address = "http://127.0.0.1:\(line.trimmingCharacters(in: .whitespacesAndNewlines))"
  }

  deinit {
    // Not `terminate()`: a child of a dispatch thread inherits that thread's blocked signals.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  private static let program = """
    import http.server, os, sys, threading
    def end_with_tests():
        sys.stdin.read()
        os._exit(0)
    threading.Thread(target=end_with_tests, daemon=True).start()
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind, name = os.path.split(self.path)
            path = os.path.join(sys.argv[1], name)
            if not os.path.exists(path):
                self.send_error(404)
                return
            body = open(path, 'rb').read()
            if kind == '/moved':
                self.send_response(302)
                self.send_header('Location', '/' + name)
                self.end_headers()
                return
            self.send_response(200)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body[:len(body) // 2] if kind == '/cut' else body)
    server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
    print(server.server_port)
    server.serve_forever()
    """
}

@Suite(.enabled(if: LocalServer.isAvailable, "python3 serves the archive"))
struct CIFARDownloadTests {
  private let plain = CIFARLayout.cifar10.tiny()
  private let remote: TemporaryFolder
  private let md5: String
  private let server: LocalServer
  private let local: TemporaryFolder

  init() throws {
    remote = try TemporaryFolder()
    md5 = try plain.makeArchive(in: remote)
    server = try LocalServer(folder: remote.url)
    local = try TemporaryFolder()
  }

  private func open(_ path: String, md5: String? = nil, log: ProgressLog = ProgressLog()) throws
    -> DatasetPair
  {
    try plain.tiny(address: "\(server.address)/\(path)", md5: md5 ?? self.md5)
      .open(in: local.file("new/data"), progress: log.add)
  }

  private var archive: String { local.file("new/data/tiny.tar.gz").path }

  @Test(
    "A missing data set is downloaded with progress, verified and unpacked",
    arguments: [
      "tiny.tar.gz", "moved/tiny.tar.gz",
    ]
  )
  func download(path: String) throws {
    let log = ProgressLog()
    #expect(try open(path, log: log).training.labels == [0, 1, 2, 3, 4, 5])
    let size = try Data(contentsOf: remote.file("tiny.tar.gz")).count
    let downloads = log.all.filter { if case .downloading = $0 { true } else { false } }
    #expect(downloads.last == .downloading(bytes: size, totalBytes: size))
    #expect(log.all.suffix(2).first == .unpacking(path: archive))
    #expect(local.listing().count == 7, "\(local.listing())")
    // The second time nothing is fetched.
    let again = ProgressLog()
    _ = try open(path, log: again)
    #expect(again.all.count == 1)
  }

  @Test("A download that is not the published archive never becomes the data set")
  func wrongChecksum() throws {
    #expect(
      throws: DatasetError.downloadChecksumMismatch(
        url: "\(server.address)/tiny.tar.gz",
        found: md5,
        expected: "0123",
        archive: archive
      )
    ) { try open("tiny.tar.gz", md5: "0123") }
    #expect(local.listing() == ["new", "new/data"])
  }

  @Test("A body that ends early is an error and leaves nothing")
  func truncated() throws {
    let error = #expect(throws: DatasetError.self) { try open("cut/tiny.tar.gz") }
    switch error {
    case .downloadFailed, .downloadChecksumMismatch: break
    default: Issue.record("\(String(describing: error))")
    }
    #expect(local.listing() == ["new", "new/data"])
  }

  @Test("An answer of 404 names the address, the archive and where to put it")
  func notFound() throws {
    let address = "\(server.address)/other.tar.gz"
    let error = #expect(throws: DatasetError.self) { try open("other.tar.gz") }
    #expect(
      error
        == .downloadFailed(url: address, reason: "the server answered 404", archive: archive)
    )
    #expect(
      "\(try #require(error))" == "\(address) could not be downloaded (the server answered 404):"
        + " fetch it by hand and save it as \(archive)"
    )
    #expect(local.listing() == ["new", "new/data"])
  }

  @Test(
    "No connection and no address are errors",
    arguments: [
      "http://127.0.0.1:9/tiny.tar.gz", "not an address", "", "nonsense://x/y",
    ]
  )
  func noConnection(address: String) throws {
    let layout = plain.tiny(address: address, md5: md5)
    let error = #expect(throws: DatasetError.self) { try layout.open(in: local.url) }
    guard case .downloadFailed(address, let reason, local.file("tiny.tar.gz").path) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty)
    #expect(local.listing().isEmpty)
  }

  @Test("A large archive comes through unharmed")
  func large() throws {
    var generator = SeededGenerator(seed: 1)
    let bytes = (0..<400_000).flatMap { _ in
      withUnsafeBytes(of: generator.next()) { Array($0) }
    }
    try remote.write(bytes, to: "large")
    let sum = try Datasets.md5(ofFileAt: remote.file("large"))
    let download = ArchiveDownload(
      archive: .init(name: "large", address: "\(server.address)/large", md5: sum),
      destination: local.file("large")
    )
    try download.run { _ in }
    #expect(try Datasets.md5(ofFileAt: local.file("large")) == sum)
  }
}
