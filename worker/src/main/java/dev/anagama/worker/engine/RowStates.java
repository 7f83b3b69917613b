package dev.anagama.worker.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.anagama.diffusion.guidance.RowSlices;
import dev.anagama.diffusion.sampler.RowState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Takes the states of rows apart and puts them together; null stands for no rows. */
final class RowStates {
  private RowStates() {}

  /** The states of some rows, in their order; the state itself if these are all of its rows. */
  static @Nullable RowState slices(
      NDManager scope, @Nullable RowState state, List<Row> rowOfSlice, List<Row> wanted) {
    if (state == null || wanted.isEmpty()) {
      return null;
    }
    if (wanted.equals(rowOfSlice)) {
      return state;
    }
    Map<Row, Integer> position = new HashMap<>();
    for (int i = 0; i < rowOfSlice.size(); i++) {
      position.put(rowOfSlice.get(i), i);
    }
    long[] positions =
        wanted.stream().mapToLong(row -> Objects.requireNonNull(position.get(row))).toArray();
    return new RowState(
        RowSlices.of(scope, state.z(), positions),
        slice(scope, state.memory(), positions),
        slice(scope, state.momentum(), positions));
  }

  private static @Nullable NDArray slice(
      NDManager scope, @Nullable NDArray array, long[] positions) {
    return array == null ? null : RowSlices.of(scope, array, positions);
  }

  /** The states of two groups of rows, one behind the other. */
  static RowState joined(@Nullable RowState first, @Nullable RowState second) {
    if (first == null || second == null) {
      return Objects.requireNonNull(first == null ? second : first, "no rows at all");
    }
    return new RowState(
        first.z().concat(second.z(), 0),
        joined(first.memory(), first.z(), second.memory(), second.z()),
        joined(first.momentum(), first.z(), second.momentum(), second.z()));
  }

  /** Rows that remember nothing get zeros beside rows that do. */
  private static @Nullable NDArray joined(
      @Nullable NDArray first, NDArray ofFirst, @Nullable NDArray second, NDArray ofSecond) {
    if (first == null && second == null) {
      return null;
    }
    NDArray front = first == null ? ofFirst.zerosLike() : first;
    NDArray back = second == null ? ofSecond.zerosLike() : second;
    return front.concat(back, 0);
  }

  /** Lends a state to a scope until it is closed. */
  static void lend(NDManager scope, RowState state) {
    scope.tempAttachAll(state.z());
    if (state.memory() != null) {
      scope.tempAttachAll(state.memory());
    }
    if (state.momentum() != null) {
      scope.tempAttachAll(state.momentum());
    }
  }

  /** Frees what is in a state and not in the one that follows it. */
  static void free(RowState before, @Nullable RowState after) {
    close(before.z(), after == null ? null : after.z());
    close(before.memory(), after == null ? null : after.memory());
    close(before.momentum(), after == null ? null : after.momentum());
  }

  private static void close(@Nullable NDArray before, @Nullable NDArray after) {
    if (before != null && before != after) {
      before.close();
    }
  }
}
