package fathom.cli;

import java.io.Console;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// A bar on standard error with rate and remaining time, for work that takes a while; nothing where
/// standard error is no terminal.
final class Progress implements AutoCloseable {
  private static final int UPDATE_MILLIS = 200;
  private static final int WIDTH = 100;

  private final ProgressBar bar;

  private Progress(ProgressBar bar) {
    this.bar = bar;
  }

  /// A bar that counts bytes.
  static Progress ofBytes(String task) {
    return new Progress(builder(task).setUnit(" MB", 1_000_000).build());
  }

  private static ProgressBarBuilder builder(String task) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(-1)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .setStyle(ProgressBarStyle.ASCII)
        .setMaxRenderedLength(WIDTH)
        .showSpeed()
        .setConsumer(
            !isTerminal()
                ? new SilentConsumer()
                : new ConsoleProgressBarConsumer(System.err, WIDTH));
  }

  // since JDK 25 the default provider gives null again where standard input is no terminal
  @SuppressWarnings("SystemConsoleNull")
  static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  void advance(long done, long total) {
    bar.maxHint(total);
    bar.stepTo(done);
  }

  @Override
  public void close() {
    bar.close();
  }

  private static final class SilentConsumer implements me.tongfei.progressbar.ProgressBarConsumer {
    @Override
    public int getMaxRenderedLength() {
      return WIDTH;
    }

    @Override
    public void accept(String rendered) {}

    @Override
    public void close() {}
  }
}
