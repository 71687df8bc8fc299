package io.genrec.api.storage;

/**
 * Rows by id: open addressing over an array of ids, four bytes a slot, for catalogues of millions.
 */
final class IdIndex {
  private final String[] ids;
  private final int[] slots;
  private final int shift;
  private boolean repeats;

  IdIndex(String[] ids) {
    this.ids = ids;
    // At most half of the slots are taken, so that searches are short.
    int bits = Math.min(30, Integer.SIZE + 1 - Integer.numberOfLeadingZeros(ids.length | 1));
    this.slots = new int[1 << bits];
    this.shift = Integer.SIZE - bits;
    for (int i = 0; i < ids.length; i++) {
      int slot = slot(ids[i]);
      repeats |= slots[slot] != 0;
      slots[slot] = i + 1;
    }
  }

  /** Whether an id stands there twice. */
  boolean repeats() {
    return repeats;
  }

  /** The place of an id, from 1; 0 if it is unknown. */
  int row(String id) {
    return slots[slot(id)];
  }

  /** The slot that holds the id, or the free one where it would stand. */
  private int slot(String id) {
    int mask = slots.length - 1;
    // Fibonacci hashing: String's hash leaves neighbouring ids side by side.
    int slot = (id.hashCode() * 0x9E3779B9) >>> shift;
    while (slots[slot] != 0 && !ids[slots[slot] - 1].equals(id)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
