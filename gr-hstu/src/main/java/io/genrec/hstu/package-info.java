/**
 * HSTU, hierarchical sequential transduction units: "Actions Speak Louder than Words" (arXiv
 * 2402.17152), research form.
 *
 * <p>{@link io.genrec.hstu.HstuBlock} holds the formula.
 */
@NullMarked
package io.genrec.hstu;

import org.jspecify.annotations.NullMarked;
