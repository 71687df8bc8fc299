/** Export to ONNX, opset 17. The only package that sees protobuf. */
@NullMarked
package io.genrec.engine.onnx;

import org.jspecify.annotations.NullMarked;
