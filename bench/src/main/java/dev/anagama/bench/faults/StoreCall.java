package dev.anagama.bench.faults;

/**
 * A request to the object store.
 *
 * @param method of HTTP, in capitals
 * @param path as it was sent: bucket and key, perhaps a query
 */
public record StoreCall(String method, String path) {
  /** Whether it writes an object. */
  public boolean puts() {
    return method.equals("PUT");
  }

  /** Whether it reads an object or looks at one. */
  public boolean reads() {
    return method.equals("GET") || method.equals("HEAD");
  }

  /** Whether it is about the object of that key, or one whose key ends so. */
  public boolean isAbout(String key) {
    int query = path.indexOf('?');
    return (query < 0 ? path : path.substring(0, query)).endsWith("/" + key);
  }
}
