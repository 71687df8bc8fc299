package io.genrec.engine.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.genrec.api.GenRecException;
import io.genrec.api.graph.Fused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * A library of compiled kernels for named formulas ({@link Fused}), which {@code native/build.sh}
 * makes for the machine that it runs on. ONNX Runtime loads it; exported graphs never need it.
 *
 * @param library the library's file
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record NativeKernels(Path library) {
  /** The system property that says where the library is. */
  public static final String PROPERTY = "genrec.kernels";

  /** The environment variable that says where the library is, if no property does. */
  public static final String VARIABLE = "GENREC_KERNELS";

  /** The formulas that the library has kernels for. */
  static final Set<String> NAMES =
      Set.of(
          "AffineLayerNorm",
          "AffineLayerNormGradient",
          "HstuAttention",
          "HstuAttentionGradient",
          "GatheredProducts",
          "GatheredProductsGradient",
          "LayerNorm",
          "LayerNormGradient",
          "RmsNorm",
          "RmsNormGradient",
          "SampledLogSoftmax",
          "SampledLogSoftmaxGradient",
          "SharedProducts",
          "SharedProductsGradient",
          "Silu",
          "SiluGradient",
          "SiluAttention",
          "SoftmaxAttention",
          "SoftmaxAttentionGradient",
          "SwishLayerNorm",
          "SwishLayerNormGradient");

  /** Whether kernels are used. */
  public enum Use {
    /** If the library is there. */
    AUTO,
    /** Yes; without the library there is an error. */
    NATIVE,
    /** No: ONNX Runtime's own operators compute everything. */
    ONNX;

    /**
     * The kernels to use on a device; none on CUDA.
     *
     * @throws GenRecException {@code [GR/NoKernels]} if they are wanted but not there
     */
    public Optional<NativeKernels> choose(Device device) {
      if (this == ONNX || device.cuda()) {
        return Optional.empty();
      }
      Optional<NativeKernels> found = installed();
      if (this == NATIVE && found.isEmpty()) {
        throw new GenRecException(
            "NoKernels",
            "kernels are \"native\", but there is no library of them; make it with native/build.sh and"
                + " name its file in the environment variable "
                + VARIABLE
                + ", or set kernels (training/kernels of a run, --kernels of a command) to \"auto\""
                + " or \"onnx\"");
      }
      return found;
    }
  }

  /**
   * The library that the property or the variable names.
   *
   * @throws GenRecException {@code [GR/NoKernels]} if it names a file that is not there
   */
  public static Optional<NativeKernels> installed() {
    String named = System.getProperty(PROPERTY, System.getenv(VARIABLE));
    if (named == null || named.isEmpty()) {
      return Optional.empty();
    }
    Path file = Path.of(named).toAbsolutePath();
    if (!Files.isRegularFile(file)) {
      throw new GenRecException(
          "NoKernels",
          "there is no library of kernels at "
              + file
              + ", which "
              + VARIABLE
              + " or the system property "
              + PROPERTY
              + " names; make it with native/build.sh, or name none");
    }
    return Optional.of(new NativeKernels(file));
  }

  /**
   * Lets a session use the kernels.
   *
   * @throws GenRecException {@code [GR/NoKernels]} if ONNX Runtime cannot load the library
   */
  void register(OrtSession.SessionOptions options) {
    try {
      options.registerCustomOpLibrary(library.toString());
    } catch (OrtException e) {
      throw unusable("ONNX Runtime cannot load the kernels ", e);
    }
  }

  /**
   * Refuses a library that lacks a kernel of {@link #NAMES}, as one of another version does.
   *
   * @param why ONNX Runtime refuses a graph
   * @throws GenRecException {@code [GR/NoKernels]} if that is why
   */
  void requireKnown(OrtException why) {
    String message = String.valueOf(why.getMessage());
    if (message.contains(Fused.DOMAIN) && message.contains("is not a registered")) {
      throw unusable("this version needs kernels that are not in ", why);
    }
  }

  private GenRecException unusable(String what, OrtException why) {
    return new GenRecException(
        "NoKernels",
        what
            + library
            + " ("
            + why.getMessage()
            + "); make them again with native/build.sh, or set kernels (training/kernels of a run,"
            + " --kernels of a command) to \"onnx\"",
        why);
  }
}
