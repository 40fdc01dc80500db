import Crypto
import Foundation
import Torch

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Downloads an archive under a temporary name, verifies it, and only then gives it its name.
struct ArchiveDownload {
  let archive: CIFARLayout.Archive
  /// The file that the archive becomes.
  let destination: URL

  /// Downloads the archive; returns when it is there. Blocks the calling thread.
  ///
  /// - Throws: `DatasetError.downloadFailed`, `downloadChecksumMismatch` and `unwritable`.
  func run(progress: @escaping @Sendable (DatasetProgress) -> Void) throws {
    guard let url = URL(string: archive.address), url.scheme != nil else {
      throw failure("it is no web address")
    }
    let place = TemporaryPlace(for: destination)
    defer { place.remove() }
    let transfer = try Transfer(to: place.url, progress: progress)
    let found: String
    do {
      found = try transfer.run(from: url)
    } catch let error as DatasetError {
      throw error
    } catch {
      throw failure(reason(of: error))
    }
    guard found == archive.md5 else {
      throw DatasetError.downloadChecksumMismatch(
        url: archive.address,
        found: found,
        expected: archive.md5,
        archive: destination.path
      )
    }
    try place.publish(place.url)
  }

  private func failure(_ reason: String) -> DatasetError {
    .downloadFailed(url: archive.address, reason: reason, archive: destination.path)
  }

  private func reason(of error: any Error) -> String {
    if let status = error as? UnexpectedStatus { return "the server answered \(status.code)" }
    return error.systemReason
  }
}

/// An answer of the server other than 200.
private struct UnexpectedStatus: Error {
  let code: Int
}

// MARK: - The transfer

/// Writes what a server sends to a file, and sums it up, as it comes.
///
/// The delegate methods are called one at a time on the session's queue, and `run` looks at the
/// state only after the last one, so the unchecked conformance holds.
private final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private let file: FileHandle
  private let path: String
  private let progress: @Sendable (DatasetProgress) -> Void
  private let isComplete = DispatchSemaphore(value: 0)
  private var checksum = Insecure.MD5()
  private var bytes = 0
  private var totalBytes: Int?
  private var failure: (any Error)?

  init(to url: URL, progress: @escaping @Sendable (DatasetProgress) -> Void) throws {
    self.progress = progress
    path = url.path
    let isCreated = FileManager.default.createFile(atPath: url.path, contents: nil)
    let reason = String(cString: strerror(errno))
    guard isCreated, let file = try? FileHandle(forWritingTo: url) else {
      throw DatasetError.unwritable(path: url.path, reason: reason)
    }
    self.file = file
  }

  /// Fetches `url` and returns the MD5 checksum of what came.
  func run(from url: URL) throws -> String {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = 60
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    session.dataTask(with: url).resume()
    session.finishTasksAndInvalidate()
    isComplete.wait()
    try? file.close()
    if let failure { throw failure }
    return hexadecimal(checksum.finalize())
  }

  func urlSession(
    _ session: URLSession,
    dataTask: URLSessionDataTask,
    didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    let status = (response as? HTTPURLResponse)?.statusCode ?? 200
    guard status == 200 else {
      failure = UnexpectedStatus(code: status)
      completionHandler(.cancel)
      return
    }
    let expected = Int(response.expectedContentLength)
    totalBytes = expected > 0 ? expected : nil
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard failure == nil else { return }
    do {
      try file.write(contentsOf: data)
    } catch {
      failure = DatasetError.unwritable(path: path, reason: error.systemReason)
      dataTask.cancel()
      return
    }
    checksum.update(data: data)
    bytes += data.count
    progress(.downloading(bytes: bytes, totalBytes: totalBytes))
  }

  func urlSession(
    _ session: URLSession,
    task: URLSessionTask,
    didCompleteWithError error: (any Error)?
  ) {
    failure = failure ?? error
    isComplete.signal()
  }
}
