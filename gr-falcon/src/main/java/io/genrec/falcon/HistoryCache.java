package io.genrec.falcon;

import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.CacheUse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of users' histories: bounded in bytes, the least recently used leaves first, to the
 * disk if there is such a tier, one computation per user at a time. Thread-safe.
 *
 * <p>The bound is strict, and entries are off-heap memory that requests in flight still read:
 * general caches evict a little later and free at once, so this one is written out.
 */
final class HistoryCache implements AutoCloseable {
  private final long maxBytes;
  private final @Nullable DiskTier disk;
  private final LinkedHashMap<Key, Slot> slots = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;
  private long entries;
  private long hits;
  private long extensions;
  private long misses;
  private long moved;
  private long evictions;
  private long diskHits;

  /**
   * Whose history it is.
   *
   * @param model the model's fingerprint
   */
  record Key(String model, String user) {}

  /** A user's place. */
  private static final class Slot {
    private @Nullable HistoryMemory memory;
    private @Nullable CompletableFuture<Boolean> building;
  }

  /**
   * What a request is to do.
   *
   * @param use what is known of its history
   * @param memory all or the beginning of it, to be released; null for none
   * @param building if not null and {@code use} is NONE, another request computes this user's
   *     history: wait, then claim again; otherwise the caller computes, then publishes or abandons
   */
  record Claim(
      Key key,
      CacheUse use,
      @Nullable HistoryMemory memory,
      @Nullable CompletableFuture<Boolean> building) {
    boolean mustWait() {
      return use == CacheUse.NONE;
    }

    boolean mustCompute() {
      return use != CacheUse.NONE && use != CacheUse.HIT;
    }
  }

  /**
   * A cache without entries.
   *
   * @param disk where histories go that leave the memory; closed with this
   */
  HistoryCache(long maxBytes, @Nullable DiskTier disk) {
    this.maxBytes = maxBytes;
    this.disk = disk;
  }

  /**
   * Looks a history up.
   *
   * @param first how many of the user's events precede it
   * @param hashes one for each beginning of what is to be kept
   */
  Claim claim(Key key, long first, long[] hashes) {
    Claim claim;
    synchronized (this) {
      claim = inMemory(key, first, hashes);
      if (disk == null || claim.use() != CacheUse.MISS) {
        count(claim.use());
        return claim;
      }
    }
    return onDisk(disk, claim, first, hashes);
  }

  private Claim inMemory(Key key, long first, long[] hashes) {
    Slot slot = slots.computeIfAbsent(key, k -> new Slot());
    if (slot.building != null) {
      return new Claim(key, CacheUse.NONE, null, slot.building);
    }
    HistoryMemory known = slot.memory;
    CacheUse use = use(known, first, hashes);
    if (use != CacheUse.HIT) {
      slot.building = new CompletableFuture<>();
    }
    boolean begins = use == CacheUse.HIT || use == CacheUse.EXTEND;
    HistoryMemory beginning = known != null && begins ? known.retain() : null;
    return new Claim(key, use, beginning, slot.building);
  }

  /** Others wait for the claim meanwhile. */
  private Claim onDisk(DiskTier tier, Claim claim, long first, long[] hashes) {
    HistoryMemory found;
    try {
      found = tier.read(claim.key(), hashes);
    } catch (RuntimeException | Error e) {
      abandon(claim);
      throw e;
    }
    CacheUse use = use(found, first, hashes);
    boolean begins = use == CacheUse.HIT || use == CacheUse.EXTEND;
    synchronized (this) {
      count(use);
      diskHits += begins ? 1 : 0;
    }
    if (found != null && !begins) {
      found.release();
    }
    if (found != null && use == CacheUse.HIT) {
      publishOrRelease(claim, found);
    }
    return new Claim(claim.key(), use, begins ? found : null, claim.building());
  }

  private void publishOrRelease(Claim claim, HistoryMemory found) {
    try {
      publish(claim, found);
    } catch (RuntimeException | Error e) {
      found.release();
      throw e;
    }
  }

  private void count(CacheUse use) {
    switch (use) {
      case HIT -> hits++;
      case EXTEND -> extensions++;
      case MOVED -> moved++;
      case MISS -> misses++;
      case NONE -> {}
    }
  }

  private static CacheUse use(@Nullable HistoryMemory known, long first, long[] hashes) {
    if (known == null) {
      return CacheUse.MISS;
    }
    if (known.first() != first) {
      return CacheUse.MOVED;
    }
    if (!known.sharesBeginning(hashes)) {
      return CacheUse.MISS;
    }
    return hashes.length <= known.length() ? CacheUse.HIT : CacheUse.EXTEND;
  }

  /**
   * Keeps what was computed for a claim, if there is room; the caller's reference stays its own.
   */
  void publish(Claim claim, HistoryMemory memory) {
    List<DiskTier.Spill> spills = new ArrayList<>();
    try {
      replace(claim, memory, spills);
    } finally {
      complete(claim);
      run(spills);
    }
  }

  private synchronized void replace(
      Claim claim, HistoryMemory memory, List<DiskTier.Spill> spills) {
    Slot slot = slots.get(claim.key());
    // A user who was forgotten meanwhile stays forgotten.
    if (slot != null && slot.building == claim.building()) {
      slot.building = null;
      drop(slot);
      if (makeRoom(claim.key(), memory.bytes(), spills)) {
        slot.memory = memory.retain();
        bytes += memory.bytes();
        entries++;
      } else {
        slots.remove(claim.key());
      }
    }
  }

  /** Each holds memory until it has run. */
  private static void run(List<DiskTier.Spill> spills) {
    Error failure = null;
    for (DiskTier.Spill spill : spills) {
      try {
        spill.run();
      } catch (Error e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Ends a claim whose computation failed. */
  void abandon(Claim claim) {
    synchronized (this) {
      Slot slot = slots.get(claim.key());
      if (slot != null && slot.building == claim.building()) {
        slot.building = null;
        if (slot.memory == null) {
          slots.remove(claim.key());
        }
      }
    }
    complete(claim);
  }

  private static void complete(Claim claim) {
    if (claim.building() != null) {
      claim.building().complete(true);
    }
  }

  private boolean makeRoom(Key own, long wanted, List<DiskTier.Spill> spills) {
    if (wanted > maxBytes) {
      return false;
    }
    Iterator<Map.Entry<Key, Slot>> eldest = slots.entrySet().iterator();
    while (bytes + wanted > maxBytes && eldest.hasNext()) {
      Map.Entry<Key, Slot> entry = eldest.next();
      Slot slot = entry.getValue();
      if (entry.getKey().equals(own) || slot.memory == null) {
        continue;
      }
      spill(entry.getKey(), slot.memory, spills);
      drop(slot);
      evictions++;
      if (slot.building == null) {
        eldest.remove();
      }
    }
    return bytes + wanted <= maxBytes;
  }

  private void spill(Key key, HistoryMemory memory, List<DiskTier.Spill> spills) {
    if (disk != null) {
      disk.spill(key, memory)
          .ifPresent(
              spill -> {
                memory.retain();
                spills.add(spill);
              });
    }
  }

  private void drop(Slot slot) {
    if (slot.memory != null) {
      bytes -= slot.memory.bytes();
      entries--;
      slot.memory.release();
      slot.memory = null;
    }
  }

  /** Forgets a user in all tiers; what is being computed for a request, or written, is not kept. */
  void invalidate(Key key) {
    Optional<DiskTier.Stored> file;
    synchronized (this) {
      Slot slot = slots.remove(key);
      if (slot != null) {
        drop(slot);
      }
      file = disk == null ? Optional.empty() : disk.forget(key);
    }
    if (disk != null) {
      file.ifPresent(disk::remove);
    }
  }

  synchronized CacheStatistics statistics() {
    CacheStatistics.Disk onDisk =
        disk == null ? CacheStatistics.Disk.NONE : disk.statistics(diskHits);
    return new CacheStatistics(hits, extensions, misses, moved, evictions, entries, bytes, onDisk);
  }

  @Override
  public void close() {
    synchronized (this) {
      slots.values().forEach(this::drop);
      slots.clear();
    }
    if (disk != null) {
      disk.close();
    }
  }
}
