package io.genrec.api.encoder;

import io.genrec.api.sequence.PairContext;
import org.apiguardian.api.API;

/**
 * A memory and how the queries stand to it.
 *
 * @param memory keys and values {@code [batch, keys, heads, dim]}
 * @param pairs which of these keys each query sees: {@code [1 or batch, queries or 1, keys or 1]}
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Part(Memory memory, PairContext pairs) {}
