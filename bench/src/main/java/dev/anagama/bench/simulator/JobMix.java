package dev.anagama.bench.simulator;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Which jobs come, each kind with the probability of its share.
 *
 * @param kinds at least one
 */
public record JobMix(List<JobKind> kinds) {
  /** The latency benchmark's: 20, 50 and 100 guided steps, one image, equally often. */
  public static final JobMix DEFAULT =
      new JobMix(
          List.of(new JobKind(20, 1, 3, 1), new JobKind(50, 1, 3, 1), new JobKind(100, 1, 3, 1)));

  /** Checks that there is one. */
  public JobMix {
    kinds = List.copyOf(kinds);
    if (kinds.isEmpty()) {
      throw new IllegalArgumentException("the mix has no kind of job; allowed: at least one");
    }
  }

  /**
   * The kind that a draw falls on.
   *
   * @param uniform in [0, 1)
   */
  JobKind draw(double uniform) {
    double left = uniform * total();
    for (JobKind kind : kinds) {
      left -= kind.share();
      if (left < 0) {
        return kind;
      }
    }
    return kinds.get(kinds.size() - 1);
  }

  /** Network rows of a job, in the mean. */
  double meanNetworkRows() {
    return mean(JobKind::networkRows);
  }

  /** Images of a job, in the mean. */
  double meanImages() {
    return mean(JobKind::images);
  }

  /** The smallest value that this share of all jobs does not exceed. */
  double quantile(double share, ToDoubleFunction<JobKind> value) {
    double left = share * total();
    double quantile = 0;
    for (JobKind kind : kinds.stream().sorted(Comparator.comparingDouble(value)).toList()) {
      quantile = value.applyAsDouble(kind);
      left -= kind.share();
      if (left <= 0) {
        break;
      }
    }
    return quantile;
  }

  private double mean(ToDoubleFunction<JobKind> value) {
    return kinds.stream().mapToDouble(kind -> kind.share() * value.applyAsDouble(kind)).sum()
        / total();
  }

  private double total() {
    double total = 0;
    for (JobKind kind : kinds) {
      total += kind.share();
    }
    return total;
  }
}
