import Foundation
import Testing

@testable import FreezeOutCommand

struct HelperProcessTests {
  @Test
  func `a signal while a helper is read neither ends the process nor the reading`() throws {
    let folder = try TemporaryFolder()
    let (begun, told) = (folder.file("begun"), folder.file("told"))
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
    Thread.detachNewThread {
      while !FileManager.default.fileExists(atPath: begun.path) { usleep(2_000) }
      // Until it is read, which nothing tells.
      usleep(100_000)
      for _ in 0..<20 {
        pthread_kill(reader, SIGUSR1)
        usleep(2_000)
      }
      try? Data().write(to: told)
    }
    let script = "touch \"$0\"; while [ ! -e \"$1\" ]; do sleep 0.01; done; echo done"
    let outcome = try HelperProcess.run(
      "sh",
      ["-c", script, begun.path, told.path],
      path: nil
    )
    #expect(outcome.status == 0)
    #expect(outcome.output == Data("done\n".utf8))
  }
}
