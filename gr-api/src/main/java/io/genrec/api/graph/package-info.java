/**
 * The symbolic graph: tensors with named dimensions, parameters, scopes and the fluent operations
 * on them.
 *
 * <p>Everything that a model computes is one {@link io.genrec.api.graph.Graph}. The same graph is
 * differentiated, exported as ONNX and run. Nothing here computes.
 */
@NullMarked
package io.genrec.api.graph;

import org.jspecify.annotations.NullMarked;
