/** Model bundles: trained models on disk, to be opened by their names and versions, and exports. */
@NullMarked
package io.genrec.engine.bundle;

import org.jspecify.annotations.NullMarked;
