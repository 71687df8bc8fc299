package io.genrec.engine;

/** An item's row and its score. */
record Ranked(int row, float score) {}
