/** The demo: the whole service for the length of one set of jobs, asked for through its gateway. */
@NullMarked
package dev.anagama.deploy.demo;

import org.jspecify.annotations.NullMarked;
