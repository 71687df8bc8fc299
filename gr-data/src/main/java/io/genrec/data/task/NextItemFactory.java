package io.genrec.data.task;

import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import org.apiguardian.api.API;

/** Makes {@link NextItem}, named {@code next-item}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class NextItemFactory implements TaskFactory<NextItemConfig> {
  @Override
  public String name() {
    return "next-item";
  }

  @Override
  public Class<NextItemConfig> configType() {
    return NextItemConfig.class;
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.genrec.api.GenRecException {@code [GR/UnknownFeature]} if the schema has no items;
   *     {@code [GR/InvalidValue]} if it has numbers or fields of users
   */
  @Override
  public Task create(NextItemConfig config, Schema schema) {
    return new NextItem(schema);
  }
}
