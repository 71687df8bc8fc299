package io.genrec.data.ingest;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import io.genrec.data.DatasetInfo.Field;
import io.genrec.data.DatasetInfo.Kind;
import io.genrec.data.DatasetInfo.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/** One run of {@link Ingest}: the steps in their order. */
final class IngestRun {
  /** Beside the reading of files: check, filter, rank, write, hash. */
  private static final int STEPS = 5;

  /** Lists of events hold no nulls. */
  private static final String OR_NAN = "coalesce(CAST(%s AS FLOAT), 'NaN'::FLOAT)";

  private final DataMapping mapping;
  private final Path folder;
  private final @Nullable EarlierRows previous;
  private final Duck duck;
  private final OutputFolder out;
  private final Consumer<Progress> progress;
  private final Map<String, RawFile> sources = new LinkedHashMap<>();
  private DatasetInfo.@Nullable Growth growth;
  private int done;
  private int steps = STEPS;

  IngestRun(
      DataMapping mapping,
      Path folder,
      @Nullable EarlierRows previous,
      Duck duck,
      OutputFolder out,
      Consumer<Progress> progress) {
    this.mapping = mapping;
    this.folder = folder;
    this.previous = previous;
    this.duck = duck;
    this.out = out;
    this.progress = progress;
  }

  DatasetInfo run() throws SQLException, IOException {
    DataMapping.Items items = mapping.items();
    DataMapping.Users users = mapping.users();
    // All files are looked for before the first is read.
    Events events = new Events(duck, mapping, open(mapping.events()));
    RawTable itemTable = items == null ? null : itemTable(items);
    RawTable userTable = users == null ? null : userTable(users);
    DataMapping.Earlier earlier = mapping.earlier();
    RawTable earlierTable =
        earlier == null
            ? null
            : new RawTable(
                duck,
                "earlier_raw",
                earlier.source(),
                open(earlier.source()),
                Events.earlierColumns(earlier));

    SeriesEntries series = new SeriesEntries(duck, mapping.series());
    List<RawTable> seriesTables = new ArrayList<>();
    for (DataMapping.Series one : mapping.series()) {
      seriesTables.add(
          new RawTable(
              duck,
              SeriesEntries.raw(seriesTables.size()),
              one.source(),
              open(one.source()),
              SeriesEntries.columns(one, mapping)));
    }

    load(events.raw());
    step("checking rows");
    events.parse();
    if (itemTable != null) {
      load(itemTable);
      itemTable.check();
    }
    if (userTable != null) {
      load(userTable);
      userTable.check();
    }
    if (earlierTable != null) {
      load(earlierTable);
      earlierTable.check();
    }
    for (RawTable table : seriesTables) {
      load(table);
      table.check();
    }
    step("filtering");
    events.filter();
    if (earlier != null) {
      events.addEarlier(earlier, "earlier_raw");
    }
    series.parse(mapping);

    step("giving rows to ids");
    try (BufferAllocator allocator = new RootAllocator()) {
      List<Field> fields = rank(allocator);
      step("writing");
      series.merge();
      DatasetInfo.Counts counts = write(fields, allocator);
      step("hashing");
      return new DatasetInfo(
          DatasetInfo.FORMAT_VERSION,
          mapping.name(),
          fields,
          counts,
          Ingest.TIE_RULE,
          Ranks.RULE,
          events.filters(),
          StrictConfig.parse("mapping", StrictConfig.toJson(mapping)),
          sourceFiles(),
          previous == null ? null : previous.hash(),
          growth,
          DatasetFiles.contentHash(out.content()));
    }
  }

  private List<RawFile> open(DataMapping.Source source) throws IOException {
    List<RawFile> files = new ArrayList<>();
    for (String name : source.files()) {
      RawFile file = RawFile.open(folder, name, out.work());
      files.add(file);
      int bang = name.indexOf(RawFile.IN_ZIP);
      sources.putIfAbsent(bang < 0 ? name : name.substring(0, bang), file);
    }
    steps += files.size();
    return files;
  }

  private RawTable itemTable(DataMapping.Items items) throws IOException {
    List<RawColumn> columns = new ArrayList<>();
    columns.add(RawColumn.id(items.id(), "id"));
    List<String> texts = metadataColumns(items);
    for (int c = 0; c < texts.size(); c++) {
      columns.add(RawColumn.text(texts.get(c), "m" + c));
    }
    for (int f = 0; f < items.features().size(); f++) {
      columns.add(RawColumn.feature(items.features().get(f), "h" + f, true));
    }
    return new RawTable(duck, "item_raw", items.source(), open(items.source()), columns);
  }

  private static List<String> metadataColumns(DataMapping.Items items) {
    List<String> columns = new ArrayList<>();
    String title = items.title();
    if (title != null) {
      columns.add(title);
    }
    columns.addAll(items.columns());
    return columns;
  }

  private RawTable userTable(DataMapping.Users users) throws IOException {
    List<RawColumn> columns = new ArrayList<>();
    columns.add(RawColumn.id(users.id(), "id"));
    for (int f = 0; f < users.features().size(); f++) {
      columns.add(RawColumn.feature(users.features().get(f), "g" + f, true));
    }
    return new RawTable(duck, "user_raw", users.source(), open(users.source()), columns);
  }

  private void load(RawTable table) throws SQLException, IOException {
    for (int file = 0; file < table.files(); file++) {
      step("reading " + table.file(file));
      table.load(file);
    }
  }

  /** Makes the tables of users and of vocabularies; names the fields in the order of writing. */
  private List<Field> rank(BufferAllocator allocator) throws SQLException {
    Ranks ranks = new Ranks(duck);
    ranks.users();
    List<Field> fields = new ArrayList<>();
    int items = rankItems(ranks, allocator);
    fields.add(new Field("item", Scope.EVENT, Kind.CATEGORICAL, items, Owner.ITEM));
    fields.add(new Field("time", Scope.EVENT, Kind.TIME, null, Owner.EVENT));
    if (mapping.rating() != null) {
      fields.add(new Field("rating", Scope.EVENT, Kind.NUMERIC, null, Owner.EVENT));
    }
    for (int f = 0; f < mapping.features().size(); f++) {
      String from = "SELECT f" + f + " AS id, count(*) AS n FROM events GROUP BY f" + f;
      fields.add(field(mapping.features().get(f), Owner.EVENT, "f" + f, from, ranks, allocator));
    }
    for (int c = 0; c < mapping.context().size(); c++) {
      String from = "SELECT c" + c + " AS id, count(*) AS n FROM events GROUP BY c" + c;
      fields.add(field(mapping.context().get(c), Owner.REQUEST, "c" + c, from, ranks, allocator));
    }
    List<DataMapping.Feature> ofItems = itemFeatures();
    if (!ofItems.isEmpty()) {
      duck.execute(
          "CREATE TABLE item_data AS SELECT * FROM item_raw WHERE id IN (SELECT i FROM events)"
              + " QUALIFY row_number() OVER (PARTITION BY id ORDER BY rowid) = 1");
      for (int f = 0; f < ofItems.size(); f++) {
        String from = "SELECT h" + f + " AS id, count(*) AS n FROM item_data GROUP BY h" + f;
        fields.add(field(ofItems.get(f), Owner.ITEM, "h" + f, from, ranks, allocator));
      }
    }
    for (int k = 0; k < mapping.series().size(); k++) {
      DataMapping.Feature series = mapping.series().get(k).field();
      String values = SeriesEntries.values(k);
      fields.add(field(series, Owner.SERIES, SeriesEntries.column(k), values, ranks, allocator));
    }
    DataMapping.Actions actions = mapping.actions();
    if (actions != null) {
      fields.add(
          new Field(Schema.ACTIONS, Scope.EVENT, Kind.ACTIONS, null, Owner.EVENT, actions.names()));
      // Only who learns from outcomes needs to know which events happened at once.
      fields.add(new Field(DatasetInfo.MOMENT, Scope.EVENT, Kind.MOMENT, null, Owner.EVENT));
    }
    DataMapping.Users users = mapping.users();
    if (users != null) {
      duck.execute(
          "CREATE TABLE user_data AS SELECT * FROM user_raw WHERE id IN (SELECT u FROM users)"
              + " QUALIFY row_number() OVER (PARTITION BY id ORDER BY rowid) = 1");
      for (int f = 0; f < users.features().size(); f++) {
        String from = "SELECT g" + f + " AS id, count(*) AS n FROM user_data GROUP BY g" + f;
        fields.add(field(users.features().get(f), Owner.USER, "g" + f, from, ranks, allocator));
      }
    }
    return fields;
  }

  private int rankItems(Ranks ranks, BufferAllocator allocator) throws SQLException {
    VocabularyFile kept = kept("item", allocator);
    DataMapping.Growth rule = mapping.vocabulary();
    if (rule == null && kept != null && GrowingRanks.counted(kept)) {
      // Without a rule of its own a log takes part in the counts of those before it all the same.
      rule = DataMapping.Growth.ALL;
    }
    if (rule == null) {
      return ranks.vocabulary("item", "SELECT i AS id, count(*) AS n FROM events GROUP BY i", kept);
    }
    GrowingRanks growing = new GrowingRanks(duck, ranks, rule);
    growth = growing.items(kept, previous == null ? null : previous.waiting(allocator));
    return growth.kept() + growth.added();
  }

  private List<DataMapping.Feature> series() {
    return mapping.series().stream().map(DataMapping.Series::field).toList();
  }

  private List<DataMapping.Feature> itemFeatures() {
    DataMapping.Items items = mapping.items();
    return items == null ? List.of() : items.features();
  }

  private Field field(
      DataMapping.Feature feature,
      Owner owner,
      String sql,
      String from,
      Ranks ranks,
      BufferAllocator allocator)
      throws SQLException {
    Integer rows =
        feature.kind() == Kind.CATEGORICAL
            ? ranks.vocabulary(sql, from, kept(feature.name(), allocator))
            : null;
    Scope scope = owner == Owner.USER ? Scope.USER : Scope.EVENT;
    return new Field(feature.name(), scope, feature.kind(), rows, owner);
  }

  private @Nullable VocabularyFile kept(String field, BufferAllocator allocator) {
    return previous == null ? null : previous.vocabulary(field, allocator);
  }

  private DatasetInfo.Counts write(List<Field> fields, BufferAllocator allocator)
      throws SQLException, IOException {
    writeItems(allocator);
    writeVocabularies(mapping.features(), "f", allocator);
    writeVocabularies(mapping.context(), "c", allocator);
    writeVocabularies(itemFeatures(), "h", allocator);
    writeVocabularies(series(), "s", allocator);
    DataMapping.Users users = mapping.users();
    List<DataMapping.Feature> ofUsers = users == null ? List.of() : users.features();
    writeVocabularies(ofUsers, "g", allocator);

    SequenceWriter writer = new SequenceWriter(fields, allocator);
    try (Statement userStatement = duck.connection().createStatement();
        ResultSet userRows = userStatement.executeQuery(userQuery(ofUsers));
        Statement eventStatement = duck.connection().createStatement();
        ResultSet eventRows = eventStatement.executeQuery(eventQuery())) {
      writer.write(userRows, eventRows, out.content().resolve(DatasetFiles.SEQUENCES));
    }
    int items =
        fields.stream()
            .filter(f -> f.name().equals("item"))
            .findFirst()
            .map(Field::rows)
            .orElseThrow();
    return writer.counts(items);
  }

  private String userQuery(List<DataMapping.Feature> features) {
    StringBuilder select = new StringBuilder("SELECT us.u");
    StringBuilder from = new StringBuilder(" FROM users us");
    if (!features.isEmpty()) {
      from.append(" LEFT JOIN user_data e ON e.id = us.u");
    }
    features(features, "e.g", "CAST(%s AS FLOAT)", select, from);
    return select + from.toString() + " ORDER BY us.row";
  }

  private String eventQuery() {
    StringBuilder select = new StringBuilder("SELECT us.row, coalesce(item.row, 0), e.t");
    StringBuilder from =
        new StringBuilder(
            " FROM events e JOIN users us ON us.u = e.u LEFT JOIN voc_item item ON item.id = e.i");
    if (mapping.rating() != null) {
      select.append(", coalesce(e.r, 'NaN'::FLOAT)");
    }
    features(mapping.features(), "e.f", OR_NAN, select, from);
    features(mapping.context(), "e.c", OR_NAN, select, from);
    if (!itemFeatures().isEmpty()) {
      from.append(" LEFT JOIN item_data d ON d.id = e.i");
      features(itemFeatures(), "d.h", OR_NAN, select, from);
    }
    features(series(), "e.s", OR_NAN, select, from);
    if (mapping.actions() != null) {
      select.append(", e.a, dense_rank() OVER (PARTITION BY us.row ORDER BY e.t NULLS FIRST, e.p");
      select.append(", CASE WHEN e.t IS NULL OR e.p <> 0 THEN e.o END) - 1");
    }
    return select + from.toString() + " ORDER BY us.row, e.t NULLS FIRST, e.p, e.o, e.n";
  }

  /**
   * Numbers; categories as their rows, 0 for none.
   *
   * @param prefix table and letter of the columns, such as {@code e.f}
   * @param number how a number is written
   */
  private static void features(
      List<DataMapping.Feature> features,
      String prefix,
      String number,
      StringBuilder select,
      StringBuilder from) {
    for (int f = 0; f < features.size(); f++) {
      String column = prefix + f;
      if (features.get(f).kind() == Kind.CATEGORICAL) {
        String voc = "voc_" + column.substring(2);
        select.append(", coalesce(").append(voc).append(".row, 0)");
        from.append(" LEFT JOIN ").append(voc);
        from.append(" ON ").append(voc).append(".id = ").append(column);
      } else {
        select.append(", ").append(String.format(Locale.ROOT, number, column));
      }
    }
  }

  private void writeItems(BufferAllocator allocator) throws SQLException, IOException {
    DataMapping.Items items = mapping.items();
    List<String> names = new ArrayList<>();
    List<String> numbers = growth == null ? List.of() : GrowingRanks.NUMBERS;
    StringBuilder select = new StringBuilder("SELECT v.id, v.n");
    numbers.forEach(number -> select.append(", v.").append(number));
    String join = "";
    if (items != null) {
      List<String> columns = metadataColumns(items);
      for (int c = 0; c < columns.size(); c++) {
        names.add(c == 0 && items.title() != null ? "title" : columns.get(c));
        select.append(", m.m").append(c);
      }
      join =
          " LEFT JOIN (SELECT * FROM item_raw"
              + " QUALIFY row_number() OVER (PARTITION BY id ORDER BY rowid) = 1) m ON m.id = v.id";
    }
    Path file = out.content().resolve(DatasetFiles.vocabulary("item"));
    String query = select + " FROM voc_item v" + join + " ORDER BY v.row";
    writeVocabulary(file, query, numbers, names, allocator);
    if (growth != null) {
      Path waiting = out.content().resolve(DatasetFiles.WAITING);
      writeVocabulary(waiting, GrowingRanks.WAITING, numbers, List.of(), allocator);
    }
  }

  private void writeVocabularies(
      List<DataMapping.Feature> features, String prefix, BufferAllocator allocator)
      throws SQLException, IOException {
    for (int f = 0; f < features.size(); f++) {
      if (features.get(f).kind() == Kind.CATEGORICAL) {
        Path file = out.content().resolve(DatasetFiles.vocabulary(features.get(f).name()));
        String query = "SELECT id, n FROM voc_" + prefix + f + " ORDER BY row";
        writeVocabulary(file, query, List.of(), List.of(), allocator);
      }
    }
  }

  private void writeVocabulary(
      Path file,
      String query,
      List<String> numbers,
      List<String> metadata,
      BufferAllocator allocator)
      throws SQLException, IOException {
    try (Statement statement = duck.connection().createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      VocabularyWriter.write(rows, numbers, metadata, file, allocator);
    }
  }

  private List<DatasetInfo.SourceFile> sourceFiles() throws IOException {
    List<DatasetInfo.SourceFile> files = new ArrayList<>();
    for (Map.Entry<String, RawFile> source : sources.entrySet()) {
      Path origin = source.getValue().origin();
      files.add(
          new DatasetInfo.SourceFile(
              source.getKey(), Files.size(origin), DatasetFiles.sha256(origin)));
    }
    return files;
  }

  private void step(String what) {
    progress.accept(new Progress(what, done++, steps));
  }
}
