package dev.anagama.platform.objectstore;

import dev.anagama.platform.config.StoreConfig;
import dev.anagama.platform.config.StoreUri;

/** Opens the object store that is configured. */
public final class ObjectStores {
  private ObjectStores() {}

  /**
   * Opens a store. A folder is made if there is none; a bucket must be there.
   *
   * @throws IllegalArgumentException if the settings do not say enough
   * @throws ObjectStoreException if the back end can not be used
   */
  public static ObjectStore open(StoreConfig config) {
    StoreUri.Place place = config.uri().place();
    if (place instanceof StoreUri.Bucket bucket) {
      return new S3ObjectStore(bucket, config);
    }
    if (place instanceof StoreUri.Files files) {
      return new FileObjectStore(files.folder());
    }
    throw new IllegalStateException("there is no other kind of store: " + place);
  }
}
