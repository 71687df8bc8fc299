/**
 * Writing files and directories so that a reader sees all of them or none of them, also when the
 * process is killed or the machine loses power; and reading vocabularies.
 */
@NullMarked
package io.genrec.api.storage;

import org.jspecify.annotations.NullMarked;
