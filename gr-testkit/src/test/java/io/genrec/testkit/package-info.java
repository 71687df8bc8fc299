/** Tests of the test kit: correct plug-ins pass every rule, broken ones fail the right one. */
@NullMarked
package io.genrec.testkit;

import org.jspecify.annotations.NullMarked;
