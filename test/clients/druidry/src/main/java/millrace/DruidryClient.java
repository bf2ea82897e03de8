package millrace;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import in.zapr.druid.druidry.aggregator.*;
import in.zapr.druid.druidry.client.*;
import in.zapr.druid.druidry.dataSource.*;
import in.zapr.druid.druidry.dimension.*;
import in.zapr.druid.druidry.dimension.enums.OutputType;
import in.zapr.druid.druidry.extractionFunctions.SubStringExtractionFunction;
import in.zapr.druid.druidry.filter.*;
import in.zapr.druid.druidry.filter.havingSpec.GreaterThanHaving;
import in.zapr.druid.druidry.filter.searchQuerySpec.ContainsSearchQuerySpec;
import in.zapr.druid.druidry.granularity.*;
import in.zapr.druid.druidry.limitSpec.DefaultLimitSpec;
import in.zapr.druid.druidry.limitSpec.orderByColumnSpec.OrderByColumnSpecMap;
import in.zapr.druid.druidry.postAggregator.*;
import in.zapr.druid.druidry.query.DruidQuery;
import in.zapr.druid.druidry.query.aggregation.*;
import in.zapr.druid.druidry.query.config.*;
import in.zapr.druid.druidry.query.scan.*;
import in.zapr.druid.druidry.query.search.DruidSearchQuery;
import in.zapr.druid.druidry.topNMetric.SimpleMetric;
import java.net.URI;
import java.util.*;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;

/** Asks typical queries by druidry: its builders, its client. Prints the answers as JSON by name. Argument: the server's URL. */
public final class DruidryClient {
  private static final DataSource EDITS = new TableDataSource("wikipedia");
  private static final List<Interval> DAY = List.of(new Interval(
      new DateTime(2015, 9, 12, 0, 0, DateTimeZone.UTC), new DateTime(2015, 9, 13, 0, 0, DateTimeZone.UTC)));
  private static final Granularity ALL = new SimpleGranularity(PredefinedGranularity.ALL);
  private static final DruidAggregator ROWS = new CountAggregator("rows");

  private final ObjectMapper json = new ObjectMapper();
  private final DruidClient client;

  private DruidryClient(DruidClient client) {
    this.client = client;
  }

  public static void main(String[] arguments) throws Exception {
    URI url = URI.create(arguments[0]);
    DruidConfiguration configuration = DruidConfiguration.builder()
        .protocol(DruidQueryProtocol.HTTP).host(url.getHost()).port(url.getPort()).endpoint("druid/v2/").build();
    DruidClient client = new DruidJerseyClient(configuration);
    client.connect();
    Map<String, Object> answers = new DruidryClient(client).ask();
    client.close();
    System.out.println(new ObjectMapper().writeValueAsString(answers));
  }

  private Map<String, Object> ask() throws Exception {
    Map<String, Object> answers = new LinkedHashMap<>();
    JsonNode total = json.readTree(client.query(timeseries(ALL, null, List.of(
        ROWS, new LongSumAggregator("added", "added"), new LongMinAggregator("low", "delta"),
        new LongMaxAggregator("high", "delta"))))).get(0).get("result");
    answers.put("total", List.of(total.get("rows"), total.get("added")));
    answers.put("extremes", List.of(total.get("low"), total.get("high")));
    answers.put("mean", total.get("mean"));
    answers.put("hourly", hours());
    answers.put("topChannels", top());
    answers.put("flags", groups(List.of("isRobot", "isNew"), null, null));
    answers.put("largeChannels", groups(List.of("channel"), new GreaterThanHaving("rows", 1000), null));
    answers.put("firstLetters", firstLetters());
    answers.put("humansInEnglish", count(new AndFilter(List.of(
        new SelectorFilter("channel", "#en.wikipedia"), new NotFilter(new SelectorFilter("isRobot", "true"))))));
    answers.put("germanOrFrench", count(new InFilter("channel", List.of("#de.wikipedia", "#fr.wikipedia"))));
    answers.put("pagesWithA", count(new RegexFilter("page", "^A")));
    answers.put("robots", count(new SelectorFilter("isRobot", "true")));
    answers.put("distinctChannels", distinct());
    answers.put("search", search());
    answers.put("scanned", scanned());
    return answers;
  }

  private DruidQuery timeseries(Granularity granularity, DruidFilter filter, List<DruidAggregator> aggregators) {
    var query = DruidTimeSeriesQuery.builder().dataSource(EDITS).intervals(DAY).granularity(granularity)
        .filter(filter).aggregators(aggregators);
    if (aggregators.size() > 1) {
      query.postAggregators(List.of(ArithmeticPostAggregator.builder().name("mean").function(ArithmeticFunction.DIVIDE)
          .fields(List.of(new FieldAccessPostAggregator("added"), new FieldAccessPostAggregator("rows"))).build()));
    }
    return query.build();
  }

  private JsonNode count(DruidFilter filter) throws Exception {
    return json.readTree(client.query(timeseries(ALL, filter, List.of(ROWS)))).get(0).get("result").get("rows");
  }

  private List<Object> hours() throws Exception {
    List<Object> hours = new ArrayList<>();
    Granularity hour = new SimpleGranularity(PredefinedGranularity.HOUR);
    for (JsonNode row : json.readTree(client.query(timeseries(hour, null, List.of(ROWS))))) {
      hours.add(List.of(row.get("timestamp"), row.get("result").get("rows")));
    }
    return hours;
  }

  private List<Object> top() throws Exception {
    List<Object> rows = new ArrayList<>();
    DruidQuery query = DruidTopNQuery.builder().dataSource(EDITS).intervals(DAY).granularity(ALL)
        .dimension(new SimpleDimension("channel")).threshold(5).topNMetric(new SimpleMetric("rows"))
        .aggregators(List.of(ROWS)).context(Context.builder().useCache(false).queryId("druidry-top").build()).build();
    for (JsonNode row : json.readTree(client.query(query)).get(0).get("result")) {
      rows.add(List.of(row.get("channel"), row.get("rows")));
    }
    return rows;
  }

  private List<Object> groups(List<String> names, GreaterThanHaving having, DefaultLimitSpec limit) throws Exception {
    List<DruidDimension> dimensions = new ArrayList<>();
    for (String name : names) dimensions.add(new SimpleDimension(name));
    return rows(dimensions, names, having, limit);
  }

  private List<Object> firstLetters() throws Exception {
    DruidDimension letters = ExtractionDimension.builder().dimension("channel").outputName("letters")
        .outputType(OutputType.STRING)
        .extractionFunction(SubStringExtractionFunction.builder().index(1).length(2).build()).build();
    DefaultLimitSpec limit =
        new DefaultLimitSpec(3, List.of(new OrderByColumnSpecMap("rows", false, SortingOrder.NUMERIC)));
    return rows(List.of(letters), List.of("letters"), null, limit);
  }

  private List<Object> rows(
      List<DruidDimension> dimensions, List<String> names, GreaterThanHaving having, DefaultLimitSpec limit)
      throws Exception {
    DruidQuery query = DruidGroupByQuery.builder().dataSource(EDITS).intervals(DAY).granularity(ALL)
        .dimensions(dimensions).aggregators(List.of(ROWS)).having(having).limitSpec(limit).build();
    List<Object> rows = new ArrayList<>();
    for (JsonNode row : json.readTree(client.query(query))) {
      List<Object> cells = new ArrayList<>();
      for (String name : names) cells.add(row.get("event").get(name));
      cells.add(row.get("event").get("rows"));
      rows.add(cells);
    }
    return rows;
  }

  private long distinct() throws Exception {
    DruidAggregator channels = CardinalityAggregator.builder().name("channels").fields(List.of("channel")).build();
    JsonNode answer = json.readTree(client.query(timeseries(ALL, null, List.of(channels))));
    return Math.round(answer.get(0).get("result").get("channels").asDouble());
  }

  private List<Object> search() throws Exception {
    DruidQuery query = DruidSearchQuery.builder().dataSource(EDITS).intervals(DAY).granularity(ALL)
        .searchDimensions(List.of(new SimpleDimension("channel"))).query(new ContainsSearchQuerySpec("fr", true)).build();
    List<Object> rows = new ArrayList<>();
    for (JsonNode row : json.readTree(client.query(query)).get(0).get("result")) {
      rows.add(List.of(row.get("value"), row.get("count")));
    }
    return rows;
  }

  private int scanned() throws Exception {
    DruidQuery query = DruidScanQuery.builder().dataSource(EDITS).intervals(DAY).columns(List.of("__time", "page"))
        .resultFormat(ResultFormat.LIST).limit(3L).build();
    int events = 0;
    for (JsonNode batch : json.readTree(client.query(query))) events += batch.get("events").size();
    return events;
  }
}
