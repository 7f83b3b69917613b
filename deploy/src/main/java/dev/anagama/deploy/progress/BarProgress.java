package dev.anagama.deploy.progress;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** A moving bar with the speed and the time left. */
final class BarProgress implements Progress {
  private static final int UPDATE_MILLIS = 200;

  private final PrintStream stream;
  private @Nullable ProgressBar bar;

  BarProgress(PrintStream stream) {
    this.stream = stream;
  }

  @Override
  public void phase(String what) {
    close();
    stream.println(what);
  }

  @Override
  public void begin(String task, String unit, long done, long total) {
    close();
    bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            // Without the unit, which it would show twice: the line must fit 80 columns.
            .setUnit("", 1)
            .startsFrom(done, Duration.ZERO)
            .setInitialMax(total)
            .showSpeed()
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setConsumer(new ConsoleProgressBarConsumer(stream))
            .build();
  }

  @Override
  public void at(long done, String note) {
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(" " + note);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
