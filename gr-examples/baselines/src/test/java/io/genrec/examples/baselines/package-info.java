/** Each encoder against its formula in plain loops, in 64 bits. */
package io.genrec.examples.baselines;
