/** How plug-ins name what they bring. */
@NullMarked
package io.genrec.api.plugin;

import org.jspecify.annotations.NullMarked;
