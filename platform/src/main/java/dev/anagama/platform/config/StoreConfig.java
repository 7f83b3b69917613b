package dev.anagama.platform.config;

import io.smallrye.config.ConfigMapping;
import java.net.URI;

/** Where images and checkpoints are kept: keys {@code anagama.store.*}. */
@ConfigMapping(prefix = "anagama.store")
public interface StoreConfig {
  /** The object store, {@code file:///an/absolute/folder}. */
  URI uri();
}
