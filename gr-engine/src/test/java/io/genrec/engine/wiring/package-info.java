/** Tests of plug-ins, registry and module. */
@NullMarked
package io.genrec.engine.wiring;

import org.jspecify.annotations.NullMarked;
