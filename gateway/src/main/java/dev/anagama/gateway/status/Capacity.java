package dev.anagama.gateway.status;

import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.v1.GenerationJob;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The room for jobs that have not ended, in all and for each tenant. A submission reserves its
 * place before it goes to Kafka; the place becomes the job's when the job enters the {@link
 * JobTable}, or is given back. Any thread may call.
 *
 * <p>Reserving looks and takes under one lock, so the submissions of this gateway can not exceed a
 * limit together. Jobs that other gateways take are counted when they are read from Kafka, so all
 * gateways together exceed it by at most what the others have in hand and on its way.
 */
public final class Capacity {
  /**
   * What may be unfinished at once.
   *
   * @param inAll of all tenants together
   * @param perTenant of each of them
   */
  public record Limits(Load inAll, Load perTenant) {}

  private record Place(String tenant, Load load) {
    static Place of(GenerationJob job) {
      return new Place(job.getTenant(), new Load(1, job.getSpec().getNumImages()));
    }
  }

  private final Limits limits;
  private final Clock clock;
  private final Tally all;
  private final Map<String, Tally> tenants = new HashMap<>();
  private final Map<String, Place> reserved = new HashMap<>();

  /** All room is free; the pace at which jobs end is measured by {@code clock}. */
  public Capacity(Limits limits, Clock clock) {
    this.limits = limits;
    this.clock = clock;
    this.all = new Tally(limits.inAll(), clock);
  }

  /**
   * Reserves the place of a job, which {@link #release} gives back.
   *
   * @throws RefusalException naming the limit that is reached
   */
  public synchronized void reserve(GenerationJob job) {
    Place place = Place.of(job);
    requireRoom(all, place, "", "live");
    requireRoom(
        tenant(place.tenant()), place, " of tenant '%s'".formatted(place.tenant()), "tenant-live");
    add(place);
    Place before = reserved.put(job.getJobId(), place);
    if (before != null) {
      throw new IllegalStateException("job '%s' has a place already".formatted(job.getJobId()));
    }
  }

  /** Gives back the reserved place of a job, unless the job has come to be and holds it. */
  public synchronized void release(String id) {
    Place place = reserved.remove(id);
    if (place != null) {
      all.remove(place.load());
      tenant(place.tenant()).remove(place.load());
      forgetIfEmpty(place.tenant());
    }
  }

  /** Takes that what is known of a job has changed: it was read, is another, or has ended. */
  synchronized void changed(JobEntry before, JobEntry after) {
    Optional<Place> old = before.unfinished().map(Place::of);
    Optional<Place> now = after.unfinished().map(Place::of);
    if (old.equals(now)) {
      return;
    }
    now.ifPresent(
        place -> {
          add(place);
          release(after.job().orElseThrow().getJobId());
        });
    old.ifPresent(place -> leave(place, after.ended()));
  }

  /** What is unfinished now, with what is reserved. */
  synchronized Load held() {
    return all.held();
  }

  /** How many tenants are known here. */
  synchronized int tenants() {
    return tenants.size();
  }

  private static void requireRoom(Tally tally, Place asked, String whose, String key) {
    tally
        .full(asked.load())
        .ifPresent(
            full -> {
              throw new RefusalException(
                  new Refusal.OverCapacity(
                      "%d %s%s are queued or running, and the job would add %d; allowed: %d"
                              .formatted(
                                  full.held(),
                                  full.what(),
                                  whose,
                                  full.what().equals("jobs") ? 1 : asked.load().images(),
                                  full.allowed())
                          + " (anagama.gateway.%s-%s-limit)".formatted(key, full.what()),
                      full.retryAfterSeconds()));
            });
  }

  private void add(Place place) {
    all.add(place.load());
    tenant(place.tenant()).add(place.load());
  }

  private void leave(Place place, boolean ended) {
    Tally tenant = tenant(place.tenant());
    if (ended) {
      all.ended(place.load());
      tenant.ended(place.load());
    } else {
      all.remove(place.load());
      tenant.remove(place.load());
    }
    forgetIfEmpty(place.tenant());
  }

  private Tally tenant(String name) {
    return tenants.computeIfAbsent(name, key -> new Tally(limits.perTenant(), clock));
  }

  private void forgetIfEmpty(String name) {
    if (tenant(name).isEmpty()) {
      tenants.remove(name);
    }
  }
}
