/** Tests of the example. */
@NullMarked
package io.genrec.examples.recommend;

import org.jspecify.annotations.NullMarked;
