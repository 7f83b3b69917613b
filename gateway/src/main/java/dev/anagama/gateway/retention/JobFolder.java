package dev.anagama.gateway.retention;

import dev.anagama.platform.objectstore.ListedObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is stored under one job's id.
 *
 * @param id the job
 * @param images everything but the record, in the order of keys
 * @param record the job's record; there is none before its end
 */
record JobFolder(String id, List<ListedObject> images, Optional<ListedObject> record) {
  /** Keeps its own copy of the images. */
  JobFolder {
    images = List.copyOf(images);
  }

  /** When the last of it was stored. */
  Instant lastModified() {
    Instant last = record.map(ListedObject::lastModified).orElse(Instant.MIN);
    for (ListedObject image : images) {
      last = image.lastModified().isAfter(last) ? image.lastModified() : last;
    }
    return last;
  }
}
