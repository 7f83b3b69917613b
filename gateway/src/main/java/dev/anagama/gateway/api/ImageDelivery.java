package dev.anagama.gateway.api;

/** How a caller over HTTP who asks for an image gets it, unless the request says it. */
public enum ImageDelivery {
  /** The gateway reads the bytes and gives them. */
  PROXY,
  /** The gateway gives a link to the object store, where that has such links. */
  REDIRECT
}
