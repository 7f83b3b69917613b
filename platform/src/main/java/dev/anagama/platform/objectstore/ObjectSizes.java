package dev.anagama.platform.objectstore;

/** The limits that every back end keeps. */
final class ObjectSizes {
  private ObjectSizes() {}

  /** Refuses an object that is too large, naming it. */
  static void requireObject(String key, long sizeBytes) {
    if (sizeBytes > ObjectStore.MAX_OBJECT_BYTES) {
      throw new ObjectStoreException(
          "object '%s' has %d bytes; allowed: at most %d"
              .formatted(key, sizeBytes, ObjectStore.MAX_OBJECT_BYTES));
    }
  }

  /** Refuses a size of pages that is out of range. */
  static void requirePage(int limit) {
    if (limit < 1 || limit > ObjectStore.MAX_PAGE) {
      throw new IllegalArgumentException(
          "limit is %d; allowed: 1 to %d".formatted(limit, ObjectStore.MAX_PAGE));
    }
  }
}
