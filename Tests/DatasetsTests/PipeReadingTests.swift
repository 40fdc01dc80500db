import Foundation
import Testing

@testable import Datasets

struct PipeReadingTests {
  @Test
  func `a signal while a pipe is read neither ends the process nor the reading`() throws {
    let pipe = Pipe()
    signal(SIGUSR1) { _ in }
    // Without this the system itself goes on reading.
    siginterrupt(SIGUSR1, 1)
    // The threads that tests run on take no signals.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGUSR1)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    defer { pthread_sigmask(SIG_BLOCK, &signals, nil) }
    nonisolated(unsafe) let reader = pthread_self()
    let writer = pipe.fileHandleForWriting
    Thread.detachNewThread {
      for _ in 0..<20 {
        usleep(2_000)
        pthread_kill(reader, SIGUSR1)
      }
      try? writer.write(contentsOf: Data(repeating: 7, count: 1_000))
      try? writer.close()
    }
    #expect(try pipe.fileHandleForReading.bytesToEnd() == Data(repeating: 7, count: 1_000))
  }

  @Test
  func `what cannot be read is an error`() throws {
    let handle = FileHandle(fileDescriptor: -1, closeOnDealloc: false)
    #expect(throws: POSIXError.self) { try handle.bytesToEnd() }
  }
}
