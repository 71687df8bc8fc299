package io.genrec.engine.bundle;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.wiring.Registry;
import java.util.Collection;

/** What a bundle's card describes, built again from plug-ins: a model without values. */
record BundledModel(RunConfig configuration, Model model, Task task) {
  static BundledModel of(BundleReader bundle, Registry registry) {
    return of(bundle, registry, 0);
  }

  /**
   * The same with room for more items.
   *
   * @param spareItems rows of the item table behind those of the bundle
   */
  static BundledModel of(BundleReader bundle, Registry registry, int spareItems) {
    ModelCard card = bundle.card();
    String encoder = card.encoder().name();
    require(bundle, "UnknownEncoder", "encoder", encoder, registry.encoders().keySet());
    requireSpecVersion(bundle, registry.encoderFactory(encoder).specVersion());
    StrictConfig configuration = card.configuration();
    RunConfig config = configuration.as(RunConfig.class);
    requireSame(bundle, "encoder", encoder, configuration.at("/encoder/name").as(String.class));
    require(bundle, "UnknownTask", "task", card.task(), registry.tasks().keySet());
    Schema schema = ModelBuilder.schema(config.model(), widened(card.offered(), spareItems));
    return new BundledModel(
        config, ModelBuilder.model(config, schema, registry), registry.task(config.task(), schema));
  }

  private static Fields widened(Fields offered, int spareItems) {
    return new Fields(
        offered.categories().stream()
            .map(
                category ->
                    category.name().equals(Schema.ITEM)
                        ? new Fields.Category(
                            category.name(),
                            Math.addExact(category.values(), spareItems),
                            category.owner())
                        : category)
            .toList(),
        offered.numbers(),
        offered.actions());
  }

  private static void require(
      BundleReader bundle, String id, String what, String name, Collection<String> known) {
    if (!known.contains(name)) {
      throw new GenRecException(
          id,
          "bundle "
              + bundle.directory()
              + " needs the "
              + what
              + " \""
              + name
              + "\", which no plug-in brings; put the jar that has it on the class path or into the folder"
              + " of plug-ins (--plugins); "
              + (known.isEmpty() ? "none is known" : GenRecException.knownNames(name, known)));
    }
  }

  private static void requireSpecVersion(BundleReader bundle, int present) {
    ModelCard.EncoderReference wanted = bundle.card().encoder();
    if (wanted.specVersion() != present) {
      throw new GenRecException(
          "UnsupportedBundle",
          "bundle "
              + bundle.directory()
              + " was made with version "
              + wanted.specVersion()
              + " of the mathematics of encoder \""
              + wanted.name()
              + "\"; the plug-in on the class path computes version "
              + present
              + ": use the plug-in that the bundle was made with, or train again");
    }
  }

  private static void requireSame(
      BundleReader bundle, String what, String card, String configuration) {
    if (!card.equals(configuration)) {
      throw new GenRecException(
          "CorruptBundle",
          "the card of bundle "
              + bundle.directory()
              + " names the "
              + what
              + " \""
              + card
              + "\" but its configuration \""
              + configuration
              + "\"; it was edited by hand: export the model again");
    }
  }
}
