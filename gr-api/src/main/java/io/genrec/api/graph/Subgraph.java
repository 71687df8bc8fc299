package io.genrec.api.graph;

import org.apiguardian.api.API;

/**
 * A graph as an attribute of a node that runs it.
 *
 * <p>The node has one operand for each of the graph's inputs, in their order. The first ones are
 * given anew to each run; the others stay as they are, and an export lets the inner graph read them
 * from the graph around it.
 *
 * @param graph what is run; it names its outputs in the order in which the node uses them
 * @param given how many operands are given to each run
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Subgraph(Graph graph, int given) {}
