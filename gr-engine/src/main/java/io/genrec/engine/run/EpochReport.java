package io.genrec.engine.run;

import java.util.Map;
import org.apiguardian.api.API;

/**
 * What one pass over the data did.
 *
 * @param epoch passes done, this one included
 * @param step logical batches done
 * @param loss the mean training loss
 * @param seconds how long training took, without evaluation
 * @param tokensPerSecond tokens trained on in a second, without padding
 * @param sparsity the share of tokens that Stochastic Length left out
 * @param insideShare the share of the workers' time in which ONNX Runtime computed
 * @param validation metrics of the validation part; empty if it was not evaluated
 * @param monitor metrics that are only watched; empty if none
 * @param best whether this is the best epoch so far
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record EpochReport(
    int epoch,
    long step,
    double loss,
    double seconds,
    double tokensPerSecond,
    double sparsity,
    double insideShare,
    Map<String, Double> validation,
    Map<String, Double> monitor,
    boolean best) {}
