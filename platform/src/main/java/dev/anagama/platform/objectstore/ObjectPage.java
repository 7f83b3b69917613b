package dev.anagama.platform.objectstore;

import java.util.List;
import java.util.Optional;

/**
 * A part of a listing.
 *
 * @param objects in the order of their keys; may be empty although more follow
 * @param next what to list after to get the next part; empty when this was the last
 */
public record ObjectPage(List<ListedObject> objects, Optional<String> next) {
  /** Keeps its own copy of the objects. */
  public ObjectPage {
    objects = List.copyOf(objects);
  }
}
