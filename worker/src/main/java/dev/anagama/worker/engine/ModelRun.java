package dev.anagama.worker.engine;

import static java.util.stream.Collectors.toCollection;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.GuidedDenoiser;
import dev.anagama.diffusion.guidance.GuidedNoise;
import dev.anagama.diffusion.guidance.GuidedRow;
import dev.anagama.diffusion.network.IntraOpThreads;
import dev.anagama.diffusion.sampler.PixelBounds;
import dev.anagama.diffusion.sampler.RowState;
import dev.anagama.diffusion.sampler.Step;
import dev.anagama.diffusion.sampler.StepRule;
import dev.anagama.worker.schedule.RowPool;
import java.util.ArrayList;
import java.util.Arrays;
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
 * One version of a model at work: its schedule groups, and its begun rows with their state in one
 * set of arrays on the device. Touched by the engine's thread alone.
 *
 * <p><b>A step happens whole or not at all.</b> New arrays are made beside the old ones, and only
 * when everything is there do rows and their state change. After an exception the same step can be
 * tried again.
 *
 * <p><b>Memory:</b> between steps there is one {@link RowState}; everything else lives in the
 * step's scope.
 */
final class ModelRun implements AutoCloseable {
  private static final int MAX_GROUPS = 64;

  private final ServedModel served;
  private final GuidedDenoiser guided;
  private final NDManager manager;
  private final int count;
  private final Map<ScheduleGroup.Key, ScheduleGroup> groups = new LinkedHashMap<>(16, 0.75f, true);
  private List<Row> rows = new ArrayList<>();
  private @Nullable RowState state;
  private final RowPool pool;
  private int jobs;

  /** A picture is done. */
  record Picture(Row row, float[] pixels) {}

  ModelRun(ServedModel served) {
    this.served = served;
    this.guided = new ClassifierFreeGuidance(served.denoiser(), served.manifest().nullCondition());
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
  ScheduleGroup group(ScheduleGroup.Key key) {
    ScheduleGroup group = groups.get(key);
    if (group == null) {
      group = ScheduleGroup.of(served.manifest().logSnrRange(), key);
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
    RowState before = state;
    @Nullable RowState after;
    noise.await();
    try (NDManager scope = manager.newSubManager()) {
      if (before != null) {
        RowStates.lend(scope, before);
      }
      RowState now =
          RowStates.joined(
              RowStates.slices(scope, before, rows, begun), initialState(scope, fresh));
      NDArray added = stepNoise(scope, moving);
      noise.start(moving.stream().filter(Row::drawsAhead).toList());

      // Algorithm 2, line 3, each row at its own level: eps~ = (1 + w) eps(z, c) - w eps(z, null).
      GuidedNoise eps = guided.predictNoise(now.z(), guidedRows(moving), now.momentum());
      // Lines 4 and 5, each row by its own step: x~ = (z - sigma eps~) / alpha, then the next z.
      RowState next = StepRule.advance(now, eps, steps(moving), bounds(moving), added);

      // Rows that are done leave; the others, moved or not, make up the next state.
      pictures =
          done.isEmpty() ? List.of() : pictures(done, RowStates.slices(scope, next, moving, done));
      RowState rested = RowStates.slices(scope, before, rows, resting);
      after =
          staying.isEmpty()
              ? rested
              : RowStates.joined(RowStates.slices(scope, next, moving, staying), rested);
      noise.await();
      keep(after);
    }
    if (before != null) {
      RowStates.free(before, after);
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
    RowState before = Objects.requireNonNull(state);
    try (NDManager scope = manager.newSubManager()) {
      RowStates.lend(scope, before);
      keep(RowStates.slices(scope, before, rows, staying));
    }
    RowStates.free(before, state);
    rows = new ArrayList<>(staying);
  }

  /** Frees the rows' memory and the network. */
  @Override
  public void close() {
    manager.close();
    served.memory().run();
  }

  private void keep(@Nullable RowState next) {
    if (next != null) {
      next.attach(manager);
    }
    state = next;
  }

  private static GuidedRow[] guidedRows(List<Row> moving) {
    return moving.stream().map(Row::guided).toArray(GuidedRow[]::new);
  }

  private static Step[] steps(List<Row> moving) {
    return moving.stream().map(Row::next).toArray(Step[]::new);
  }

  private static PixelBounds bounds(List<Row> moving) {
    return new PixelBounds(
        /* clip= */ true, moving.stream().map(row -> row.plan().guidance().threshold()).toList());
  }

  private List<Picture> pictures(List<Row> done, @Nullable RowState ended) {
    float[] all = Objects.requireNonNull(ended).z().toFloatArray();
    List<Picture> pictures = new ArrayList<>();
    for (int i = 0; i < done.size(); i++) {
      pictures.add(new Picture(done.get(i), Arrays.copyOfRange(all, i * count, (i + 1) * count)));
    }
    return pictures;
  }

  private @Nullable RowState initialState(NDManager scope, List<Row> fresh) {
    if (fresh.isEmpty()) {
      return null;
    }
    float[] values = new float[fresh.size() * count];
    for (int i = 0; i < fresh.size(); i++) {
      System.arraycopy(fresh.get(i).initialNoise(), 0, values, i * count, count);
    }
    return RowState.start(scope.create(values, shape(fresh.size())));
  }

  private @Nullable NDArray stepNoise(NDManager scope, List<Row> moving) {
    if (moving.stream().allMatch(row -> row.next().noiseScale() == 0)) {
      return null;
    }
    float[] values = new float[moving.size() * count];
    for (int i = 0; i < moving.size(); i++) {
      if (moving.get(i).next().noiseScale() != 0) {
        System.arraycopy(moving.get(i).stepNoise(), 0, values, i * count, count);
      }
    }
    return scope.create(values, shape(moving.size()));
  }

  private Shape shape(int rowCount) {
    ImageShape image = served.manifest().image();
    return new Shape(rowCount, image.channels(), image.height(), image.width());
  }
}
