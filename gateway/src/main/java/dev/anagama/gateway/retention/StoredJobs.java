package dev.anagama.gateway.retention;

import dev.anagama.contract.ResultKeys;
import dev.anagama.platform.objectstore.ListedObject;
import dev.anagama.platform.objectstore.ObjectPage;
import dev.anagama.platform.objectstore.ObjectStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * Reads what is stored of jobs, one job after the other, from a listing in pages. The objects of a
 * job follow one another in it, and a page may end in the middle of them.
 */
final class StoredJobs {
  /** Most objects of one job that are looked at; a job has 64 images and a record. */
  private static final int MAX_OBJECTS = 1000;

  private final ObjectStore store;
  private final String root;
  private final Queue<ListedObject> read = new ArrayDeque<>();
  private Optional<String> after;
  private boolean moreToRead = true;
  private int pages;

  /** Begins behind the job {@code after}, in the order of keys. */
  StoredJobs(ObjectStore store, String tenant, Optional<String> after) {
    this.store = store;
    this.root = ResultKeys.tenantFolder(tenant);
    // A tilde comes after every character that a key may have.
    this.after = after.map(id -> root + "/" + id + "/~");
  }

  /** How many pages have been read. */
  int pages() {
    return pages;
  }

  /** The next job; empty at the end. */
  Optional<JobFolder> next() {
    fill();
    if (read.isEmpty()) {
      return Optional.empty();
    }
    String id = jobOf(read.element());
    List<ListedObject> images = new ArrayList<>();
    Optional<ListedObject> record = Optional.empty();
    while (!read.isEmpty() && jobOf(read.element()).equals(id)) {
      ListedObject object = read.remove();
      if (object.key().equals(root + "/" + id + "/" + ResultKeys.MANIFEST)) {
        record = Optional.of(object);
      } else if (images.size() < MAX_OBJECTS) {
        images.add(object);
      }
      fill();
    }
    return Optional.of(new JobFolder(id, images, record));
  }

  private void fill() {
    while (read.isEmpty() && moreToRead) {
      ObjectPage page = store.list(root, after, ObjectStore.MAX_PAGE);
      pages++;
      read.addAll(page.objects());
      after = page.next();
      moreToRead = after.isPresent();
    }
  }

  private String jobOf(ListedObject object) {
    String below = object.key().substring(root.length() + 1);
    int slash = below.indexOf('/');
    return slash < 0 ? below : below.substring(0, slash);
  }
}
