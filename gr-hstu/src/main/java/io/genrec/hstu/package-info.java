/**
 * HSTU, hierarchical sequential transduction units: "Actions Speak Louder than Words" (arXiv
 * 2402.17152), in the form of its retrieval experiments ({@code hstu}) and in its production form
 * ({@code stu}).
 *
 * <p>{@link io.genrec.hstu.HstuBlock} and {@link io.genrec.hstu.StuBlock} hold the formulas.
 */
@NullMarked
package io.genrec.hstu;

import org.jspecify.annotations.NullMarked;
