/**
 * The stable SPI of GenRec: everything that a plug-in sees.
 *
 * <p>Nothing here knows ONNX Runtime, Guice or protobuf.
 */
@NullMarked
package io.genrec.api;

import org.jspecify.annotations.NullMarked;
