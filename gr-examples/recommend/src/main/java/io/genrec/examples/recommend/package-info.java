/** An application that serves a trained bundle. */
@NullMarked
package io.genrec.examples.recommend;

import org.jspecify.annotations.NullMarked;
