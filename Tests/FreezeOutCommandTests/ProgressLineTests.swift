import Foundation
import Testing

@testable import FreezeOutCommand

struct ProgressLineTests {
  @Test
  func `in a file there are plain lines, and progress only now and then`() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("output")
    try Data().write(to: file)
    let handle = try FileHandle(forWritingTo: file)
    let terminal = Terminal(descriptor: handle.fileDescriptor)
    #expect(!terminal.isInteractive && terminal.width == 80)

    let progress = ProgressLine(terminal)
    progress.line("begun")
    for _ in 0..<100 {
      progress.update(0.5) {
        Issue.record("progress was shown at once")
        return ""
      }
    }
    progress.clear()
    let long = String(repeating: "word ", count: 30) + "end"
    progress.line(long)
    progress.figures([long, long])
    progress.line("ended")
    #expect(try folder.text("output") == "begun\n\(long)\n\(long)  \(long)\nended\n")
  }

  #if os(Linux)
    @Test
    func `on a terminal one line is rewritten in place, and leaves before a line that stays`()
      throws
    {
      let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      try #require(master >= 0)
      defer { close(master) }
      // TIOCSPTLCK and TIOCGPTN, which Swift does not import: unlock the other end, and its number.
      var (locked, number) = (Int32(0), Int32(0))
      try #require(
        ioctl(master, 0x4004_5431, &locked) == 0 && ioctl(master, 0x8004_5430, &number) == 0
      )
      let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
      try #require(slave >= 0)
      var size = winsize(ws_row: 5, ws_col: 40, ws_xpixel: 0, ws_ypixel: 0)
      try #require(ioctl(slave, UInt(TIOCSWINSZ), &size) == 0)

      let terminal = Terminal(descriptor: slave)
      #expect(terminal.width == 40)
      guard terminal.isInteractive else {
        #expect(ProcessInfo.processInfo.environment["TERM"] == "dumb")
        return
      }
      let progress = ProgressLine(terminal)
      usleep(150_000)
      progress.update(0.5) { "loss 1.234 and more than fits into forty columns" }
      progress.update(0.6) { "too soon" }
      progress.line("epoch 1")
      progress.line("a sentence that has no place in forty columns")
      progress.figures(["epoch 1/2", "loss 2.3026", "error 90.00 %", "100 images/s"])
      progress.clear()

      // Closed, so that reading ends with what was written, in however many parts it comes.
      close(slave)
      var written: [UInt8] = []
      var part = [UInt8](repeating: 0, count: 1_000)
      while case let count = read(master, &part, part.count), count > 0 {
        written += part.prefix(count)
      }
      let text = String(decoding: written, as: UTF8.self)
      #expect(
        text
          == "\r\u{1B}[K██████████░░░░░░░░░░  50% loss 1.234 an\r\u{1B}[Kepoch 1\r\n"
          + "a sentence that has no place in forty\r\n  columns\r\n"
          + "epoch 1/2  loss 2.3026  error 90.00 %\r\n"
      )
    }
  #endif
}
