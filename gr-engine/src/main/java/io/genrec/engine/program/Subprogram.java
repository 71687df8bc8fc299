package io.genrec.engine.program;

import java.util.function.UnaryOperator;
import org.apiguardian.api.API;

/**
 * A program as an attribute of a step that runs it, with one operand of the step for each input.
 *
 * @param program what is run
 * @param given how many of its inputs are given to each run; an export reads the others from the
 *     program around it
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public record Subprogram(Program program, int given) {
  /** The same with the program that a pass makes, which has the same inputs. */
  Subprogram after(UnaryOperator<Program> pass) {
    return new Subprogram(program.after(pass), given);
  }
}
