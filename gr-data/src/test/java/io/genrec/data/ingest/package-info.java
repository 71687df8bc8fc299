/** Tests. */
@NullMarked
package io.genrec.data.ingest;

import org.jspecify.annotations.NullMarked;
