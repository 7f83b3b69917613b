package dev.anagama.platform.objectstore;

import java.net.URI;

/**
 * What is known of an object that is stored.
 *
 * @param key its key
 * @param uri where it is
 * @param sizeBytes its size in bytes, at least 0
 * @param sha256 SHA-256 of its bytes, 64 lower-case hexadecimal digits
 * @param contentType its media type
 */
public record StoredObject(
    String key, URI uri, long sizeBytes, String sha256, String contentType) {}
