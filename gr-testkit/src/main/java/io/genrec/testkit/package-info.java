/**
 * The test kit: contracts that the author of an encoder, a loss, a sampler or an inference strategy
 * extends by one class with one method.
 *
 * <p>{@link io.genrec.testkit.EncoderContract}, {@link io.genrec.testkit.LossContract}, {@link
 * io.genrec.testkit.SamplerContract} and {@link io.genrec.testkit.InferenceStrategyContract} are
 * lists of numbered rules, one test each. A failure begins with the number and the statement of its
 * rule, then says what was found and what was expected. A rule about something that is not claimed
 * is skipped, or checks that it is refused with the documented error.
 *
 * <p>The JVM of the tests needs {@code --add-opens=java.base/java.nio=ALL-UNNAMED}, as everything
 * that runs graphs.
 */
@NullMarked
package io.genrec.testkit;

import org.jspecify.annotations.NullMarked;
