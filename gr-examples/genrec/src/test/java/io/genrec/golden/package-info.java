/**
 * Known answers of the public reference implementation, and how this project compares with them.
 */
@NullMarked
package io.genrec.golden;

import org.jspecify.annotations.NullMarked;
