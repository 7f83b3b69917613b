package dev.anagama.platform.objectstore;

import java.time.Instant;

/**
 * An object as a listing shows it.
 *
 * @param key its key
 * @param sizeBytes its size in bytes, at least 0
 * @param lastModified when it was stored last, by the back end's clock
 */
public record ListedObject(String key, long sizeBytes, Instant lastModified) {}
