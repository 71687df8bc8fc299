package io.genrec.api.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.apiguardian.api.API;

/**
 * The value of a configuration record's component when its key is absent.
 *
 * <pre>{@code
 * record EncoderConfig(int dim, @Default("2") int heads, @Default("[]") List<String> features) {}
 * }</pre>
 */
@API(status = API.Status.STABLE, since = "0.1")
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
  /** JSON text; for a component that is a String or an enum the bare text, without quotes. */
  String value();
}
