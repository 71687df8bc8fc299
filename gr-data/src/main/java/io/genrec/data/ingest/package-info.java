/**
 * Raw logs to data sets: mappings, presets for public data, and ingestion.
 *
 * <p>The only package that sees DuckDB, which an application that ingests adds to its class path
 * ({@code org.duckdb:duckdb_jdbc}).
 */
@NullMarked
package io.genrec.data.ingest;

import org.jspecify.annotations.NullMarked;
