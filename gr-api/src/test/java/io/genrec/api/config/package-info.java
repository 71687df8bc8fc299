/** Tests of the configuration reader. */
@NullMarked
package io.genrec.api.config;

import org.jspecify.annotations.NullMarked;
