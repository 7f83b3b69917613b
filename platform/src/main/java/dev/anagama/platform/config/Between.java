package dev.anagama.platform.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The values that a whole-number setting may take; {@link Settings} refuses others. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Between {
  /** Smallest value allowed. */
  long min();

  /** Largest value allowed. */
  long max();
}
