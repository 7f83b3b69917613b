package dev.anagama.worker.engine;

import static java.util.stream.Collectors.toCollection;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.IntraOpThreads;
import dev.anagama.v1.Sampler;
import dev.anagama.worker.schedule.RowPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One version of a model at work: its schedule groups, and its begun rows with their z in one array
 * on the device, float32[N, C, H, W]. Touched by the engine's thread alone.
 *
 * <p><b>A step happens whole or not at all.</b> New arrays are made beside the old ones, and only
 * when everything is there do rows and z change. After an exception the same step can be tried
 * again.
 *
 * <p><b>Memory:</b> between steps there is one z; everything else lives in the step's scope.
 */
final class ModelRun implements AutoCloseable {
  private static final int MAX_GROUPS = 64;

  private final ServedModel served;
  private final GuidedPass pass;
  private final NDManager manager;
  private final int count;
  private final Map<GroupKey, ScheduleGroup> groups = new LinkedHashMap<>(16, 0.75f, true);
  private List<Row> rows = new ArrayList<>();
  private @Nullable NDArray z;
  private final RowPool pool;
  private int jobs;

  private record GroupKey(int steps, Sampler sampler) {}

  /** A picture is done. */
  record Picture(Row row, float[] pixels) {}

  ModelRun(ServedModel served) {
    this.served = served;
    this.pass = new GuidedPass(served.denoiser(), served.manifest().nullCondition());
    // What is computed between passes is too small to be shared out, and PyTorch's own threads spin
    // for a while after it, on the cores of the next pass.
    IntraOpThreads.limitCaller(1);
    this.manager = NDManager.newBaseManager(served.device());
    this.count = served.manifest().image().count();
    this.pool = new RowPool(served.toString(), served.rowLimit());
  }

  ServedModel served() {
    return served;
  }

  /** Where its rows are chosen; its row limit goes down when memory runs out. */
  RowPool pool() {
    return pool;
  }

  /** The group of a schedule, computed when it is first asked for. */
  ScheduleGroup group(int steps, Sampler sampler) throws InvalidJobException {
    GroupKey key = new GroupKey(steps, sampler);
    ScheduleGroup group = groups.get(key);
    if (group == null) {
      group = ScheduleGroup.of(served.manifest().logSnrRange(), steps, sampler);
      if (groups.size() == MAX_GROUPS) {
        // The one that was asked for longest ago; rows that still use it keep it alive.
        groups.remove(groups.keySet().iterator().next());
      }
      groups.put(key, group);
    }
    return group;
  }

  /** A job has begun here. */
  void addJob() {
    jobs++;
  }

  /** A job that had begun here has ended. */
  void removeJob() {
    jobs--;
  }

  /** Whether no job runs here. */
  boolean unused() {
    return jobs == 0;
  }

  /**
   * Takes rows one step further. One forward pass, whatever their schedules are.
   *
   * @param chosen at least one; those that have taken no step join here
   * @param noise draws what they need for the step after, while this one runs
   * @return the pictures of the rows that are done; those have left
   */
  List<Picture> step(List<Row> chosen, NoiseAhead noise) throws InterruptedException {
    Set<Row> taken = new HashSet<>(chosen);
    List<Row> fresh = chosen.stream().filter(row -> row.stepsTaken() == 0).toList();
    List<Row> begun = rows.stream().filter(taken::contains).toList();
    List<Row> moving = Stream.concat(begun.stream(), fresh.stream()).toList();
    List<Row> resting = rows.stream().filter(row -> !taken.contains(row)).toList();
    List<Row> done = moving.stream().filter(Row::atLastStep).toList();
    List<Row> staying = moving.stream().filter(row -> !row.atLastStep()).toList();
    List<Picture> pictures;
    NDArray before = z;
    @Nullable NDArray after;
    noise.await();
    try (NDManager scope = manager.newSubManager()) {
      if (before != null) {
        scope.tempAttachAll(before);
      }

      // Algorithm 2, lines 3 to 5, each row at its own level.
      NDArray now = joined(slices(scope, before, rows, begun), initialNoise(scope, fresh));
      NDArray added = stepNoise(scope, moving);
      noise.start(moving);
      NDArray next = pass.next(scope, now, moving, added);

      // Rows that are done leave; the others, moved or not, make up the next z.
      pictures = done.isEmpty() ? List.of() : pictures(done, slices(scope, next, moving, done));
      NDArray rested = slices(scope, before, rows, resting);
      after = staying.isEmpty() ? rested : joined(slices(scope, next, moving, staying), rested);
      noise.await();
      keep(after);
    }
    if (before != null && before != after) {
      before.close();
    }
    moving.forEach(Row::advance);
    rows = Stream.concat(staying.stream(), resting.stream()).collect(toCollection(ArrayList::new));
    return pictures;
  }

  /** Forgets rows; their jobs have ended otherwise. */
  void drop(Predicate<Row> unwanted) {
    List<Row> staying = rows.stream().filter(unwanted.negate()).toList();
    if (staying.size() == rows.size()) {
      return;
    }
    NDArray before = Objects.requireNonNull(z);
    try (NDManager scope = manager.newSubManager()) {
      scope.tempAttachAll(before);
      keep(slices(scope, before, rows, staying));
    }
    before.close();
    rows = new ArrayList<>(staying);
  }

  /** Frees the rows' memory and the network. */
  @Override
  public void close() {
    manager.close();
    served.memory().run();
  }

  private void keep(@Nullable NDArray next) {
    if (next != null) {
      next.attach(manager);
    }
    z = next;
  }

  /** The slices of some rows, in their order; the array itself if these are all of its rows. */
  private static @Nullable NDArray slices(
      NDManager scope, @Nullable NDArray array, List<Row> rowOfSlice, List<Row> wanted) {
    if (array == null || wanted.isEmpty()) {
      return null;
    }
    if (wanted.equals(rowOfSlice)) {
      return array;
    }
    Map<Row, Integer> position = new HashMap<>();
    for (int i = 0; i < rowOfSlice.size(); i++) {
      position.put(rowOfSlice.get(i), i);
    }
    long[] positions =
        wanted.stream().mapToLong(row -> Objects.requireNonNull(position.get(row))).toArray();
    return RowSlices.of(scope, array, positions);
  }

  private static NDArray joined(@Nullable NDArray first, @Nullable NDArray second) {
    if (first == null || second == null) {
      return Objects.requireNonNull(first == null ? second : first, "no rows at all");
    }
    return first.concat(second, 0);
  }

  private List<Picture> pictures(List<Row> done, @Nullable NDArray values) {
    float[] all = Objects.requireNonNull(values).toFloatArray();
    List<Picture> pictures = new ArrayList<>();
    for (int i = 0; i < done.size(); i++) {
      pictures.add(new Picture(done.get(i), Arrays.copyOfRange(all, i * count, (i + 1) * count)));
    }
    return pictures;
  }

  private @Nullable NDArray initialNoise(NDManager scope, List<Row> fresh) {
    if (fresh.isEmpty()) {
      return null;
    }
    float[] values = new float[fresh.size() * count];
    for (int i = 0; i < fresh.size(); i++) {
      System.arraycopy(fresh.get(i).initialNoise(), 0, values, i * count, count);
    }
    return scope.create(values, shape(fresh.size()));
  }

  private @Nullable NDArray stepNoise(NDManager scope, List<Row> moving) {
    if (moving.stream().allMatch(row -> row.noiseScale() == 0)) {
      return null;
    }
    float[] values = new float[moving.size() * count];
    for (int i = 0; i < moving.size(); i++) {
      float scale = moving.get(i).noiseScale();
      if (scale != 0) {
        float[] noise = moving.get(i).stepNoise();
        for (int k = 0; k < count; k++) {
          values[i * count + k] = scale * noise[k];
        }
      }
    }
    return scope.create(values, shape(moving.size()));
  }

  private Shape shape(int rowCount) {
    ImageShape image = served.manifest().image();
    return new Shape(rowCount, image.channels(), image.height(), image.width());
  }
}
