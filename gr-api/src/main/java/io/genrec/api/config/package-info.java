/**
 * Configuration as records: strict reading of JSON with errors that name the file, the key's path,
 * the value, what is allowed and the nearest known name.
 */
@NullMarked
package io.genrec.api.config;

import org.jspecify.annotations.NullMarked;
