/**
 * What a trained model is on disk: tensors (safetensors), checksummed directories, model bundles
 * and checkpoints. Everything is written all or nothing and checked before it is believed.
 */
@NullMarked
package io.genrec.engine.storage;

import org.jspecify.annotations.NullMarked;
