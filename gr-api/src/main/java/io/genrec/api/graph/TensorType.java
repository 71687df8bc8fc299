package io.genrec.api.graph;

import org.apiguardian.api.API;

/** An element type and a shape. */
@API(status = API.Status.STABLE, since = "0.1")
public record TensorType(ElementType element, Shape shape) {}
