package io.genrec.engine.runtime;

import io.genrec.api.GenRecException;
import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apiguardian.api.API;

/**
 * The one flag that the JVM must be started with: Arrow makes direct buffers over its memory by a
 * constructor of {@code java.nio} that is closed by default, and its classes do not load otherwise.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class JvmFlags {
  private JvmFlags() {}

  /**
   * Refuses a JVM without the flag, before Arrow's own error hides behind a failed class.
   *
   * @throws GenRecException {@code [GR/MissingJvmFlag]}
   */
  public static void require() {
    Module arrow = ArrowBuf.class.getModule();
    if (!ByteBuffer.class.getModule().isOpen("java.nio", arrow)) {
      String flag =
          "--add-opens=java.base/java.nio=" + (arrow.isNamed() ? arrow.getName() : "ALL-UNNAMED");
      throw new GenRecException(
          "MissingJvmFlag",
          "this JVM was started without "
              + flag
              + ", which off-heap memory needs; add it to the java command or to the environment"
              + " variable JDK_JAVA_OPTIONS, or give an executable jar the manifest entry"
              + " \"Add-Opens: java.base/java.nio\"");
    }
  }
}
