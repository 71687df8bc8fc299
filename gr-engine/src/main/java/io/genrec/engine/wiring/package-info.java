/**
 * How names in configurations find their factories: plug-ins, the registry, and the module for
 * applications that use Guice. No other package of the engine sees Guice.
 */
@NullMarked
package io.genrec.engine.wiring;

import org.jspecify.annotations.NullMarked;
