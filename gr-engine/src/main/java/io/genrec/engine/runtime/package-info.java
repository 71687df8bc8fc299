/** Compiled graphs on ONNX Runtime: devices, sessions, owned native memory. */
@NullMarked
package io.genrec.engine.runtime;

import org.jspecify.annotations.NullMarked;
