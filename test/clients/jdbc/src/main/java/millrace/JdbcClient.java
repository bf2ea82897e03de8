package millrace;

import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TimeZone;

/**
 * Asks a server by JDBC with Avatica's driver, as tools do, and prints what it got as lines of name and value.
 * Arguments: the server's address, and the dialect: json or protobuf.
 */
public final class JdbcClient {
  private static final Calendar UTC = Calendar.getInstance(TimeZone.getTimeZone("UTC"));

  private final String url;
  private final Map<String, String> answers = new LinkedHashMap<>();

  private JdbcClient(String server, String dialect) {
    String endpoint = dialect.equals("protobuf") ? "avatica-protobuf" : "avatica";
    this.url = "jdbc:avatica:remote:url=" + server + "/druid/v2/sql/" + endpoint
        + "/;transparent_reconnection=true;serialization=" + dialect;
  }

  public static void main(String[] args) throws Exception {
    JdbcClient client = new JdbcClient(args[0], args[1]);
    client.run();
    // Maven leaves the codes of its colours at the begin of the first line.
    System.out.println();
    client.answers.forEach((name, value) -> System.out.println(name + "\t" + value));
  }

  private void run() throws Exception {
    try (Connection connection = connect()) {
      metadata(connection.getMetaData());
      values(connection);
      parameters(connection);
      paging(connection);
      errors(connection);
      limits(connection);
    }
    zones();
    closing();
  }

  private Connection connect(String... properties) throws SQLException {
    Properties all = new Properties();
    for (int i = 0; i < properties.length; i += 2) all.setProperty(properties[i], properties[i + 1]);
    return DriverManager.getConnection(url, all);
  }

  private void metadata(DatabaseMetaData meta) throws SQLException {
    answer("schemas", column(meta.getSchemas(), "TABLE_SCHEM"));
    answer("catalogs", column(meta.getCatalogs(), "TABLE_CAT"));
    answer("table types", column(meta.getTableTypes(), "TABLE_TYPE"));
    answer("tables", column(meta.getTables(null, "druid", null, null), "TABLE_NAME"));
    answer("tables like", column(meta.getTables(null, "druid", "typ%", new String[] {"TABLE"}), "TABLE_NAME"));
    answer("columns", column(meta.getColumns(null, "druid", "types", null), "COLUMN_NAME"));
    answer("column types", column(meta.getColumns(null, "druid", "types", null), "TYPE_NAME"));
    answer("columns like", column(meta.getColumns(null, "druid", "types", "l%"), "COLUMN_NAME"));
    try (ResultSet types = meta.getTypeInfo()) {
      answer("type info", types.next());
    }
  }

  private void values(Connection connection) throws SQLException {
    String sql = "SELECT __time, page, l, d, f, tags, l > 1 AS b, CAST(__time AS DATE) AS dt, missing FROM types ORDER BY __time";
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
      ResultSetMetaData meta = rows.getMetaData();
      List<String> names = new ArrayList<>();
      for (int i = 1; i <= meta.getColumnCount(); i++) names.add(meta.getColumnName(i) + " " + meta.getColumnTypeName(i));
      answer("result columns", names);
      int number = 0;
      while (rows.next()) {
        List<String> cells = new ArrayList<>();
        cells.add(String.valueOf(rows.getTimestamp(1, UTC).getTime()));
        cells.add(rows.getString(2));
        cells.add(String.valueOf(rows.getLong(3)));
        cells.add(String.valueOf(rows.getDouble(4)));
        cells.add(String.valueOf(rows.getFloat(5)));
        Array tags = rows.getArray(6);
        cells.add(tags == null ? "null" : Arrays.toString((Object[]) tags.getArray()));
        cells.add(String.valueOf(rows.getBoolean(7)));
        cells.add(String.valueOf(rows.getDate(8, UTC).getTime()));
        cells.add(rows.getString(9) + " " + rows.wasNull());
        answer("row " + number++, cells);
      }
    }
  }

  private void parameters(Connection connection) throws SQLException {
    answer("long", prepared(connection, "l > ?", (statement) -> statement.setLong(1, 1)));
    answer("int", prepared(connection, "l = ?", (statement) -> statement.setInt(1, 1)));
    answer("short", prepared(connection, "l = ?", (statement) -> statement.setShort(1, (short) 1)));
    answer("string", prepared(connection, "page = ?", (statement) -> statement.setString(1, "b")));
    answer("double", prepared(connection, "d < ?", (statement) -> statement.setDouble(1, 1.0)));
    answer("float", prepared(connection, "f < ?", (statement) -> statement.setFloat(1, 1.0f)));
    answer("decimal", prepared(connection, "d < ?", (statement) -> statement.setBigDecimal(1, new BigDecimal("1.0"))));
    answer("boolean", prepared(connection, "(l > 1) = ?", (statement) -> statement.setBoolean(1, true)));
    Timestamp day = new Timestamp(1767312000000L);
    answer("timestamp", prepared(connection, "__time >= ?", (statement) -> statement.setTimestamp(1, day, UTC)));
    answer("date", prepared(connection, "__time >= ?", (statement) -> statement.setDate(1, new Date(day.getTime()), UTC)));
    answer("object", prepared(connection, "page = ?", (statement) -> statement.setObject(1, "a")));
    try (PreparedStatement statement = connection.prepareStatement("SELECT page FROM types WHERE l = ?")) {
      List<String> found = new ArrayList<>();
      for (long value : new long[] {1L, 9007199254740993L, 7L}) {
        statement.setLong(1, value);
        found.addAll(column(statement.executeQuery(), "page"));
      }
      answer("executed again", found);
      answer("parameters", statement.getParameterMetaData().getParameterCount());
    }
  }

  private interface Setter {
    void set(PreparedStatement statement) throws SQLException;
  }

  private List<String> prepared(Connection connection, String condition, Setter setter) throws SQLException {
    String sql = "SELECT page FROM types WHERE " + condition + " GROUP BY page ORDER BY page";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      setter.set(statement);
      return column(statement.executeQuery(), "page");
    }
  }

  private void paging(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(1000);
      long count = 0;
      long sum = 0;
      try (ResultSet rows = statement.executeQuery("SELECT n FROM many")) {
        while (rows.next()) {
          count++;
          sum += rows.getLong(1);
        }
      }
      answer("many rows", count + " " + sum);
    }
    try (Statement statement = connection.createStatement()) {
      statement.setMaxRows(7);
      answer("max rows", column(statement.executeQuery("SELECT n FROM many"), "n").size());
    }
  }

  private void errors(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery("SELECT nothing FROM types");
    } catch (SQLException e) {
      answer("error", e.getMessage().contains("Column 'nothing' not found in any table"));
    }
    try (Statement statement = connection.createStatement()) {
      answer("after an error", column(statement.executeQuery("SELECT 1 + 1 AS two"), "two"));
    }
  }

  private void limits(Connection connection) throws SQLException {
    List<Statement> open = new ArrayList<>();
    try {
      for (int i = 0; i < 10; i++) open.add(connection.createStatement());
      answer("statements", "no limit");
    } catch (RuntimeException | SQLException e) {
      answer("statements", open.size() + " " + e.getMessage().contains("Too many open statements"));
    }
    for (Statement statement : open) statement.close();
    List<Connection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Connection another = connect();
        connections.add(another);
        another.createStatement().close();
      }
      answer("connections", "no limit");
    } catch (RuntimeException | SQLException e) {
      answer("connections", e.getMessage().contains("Too many connections"));
    }
    for (Connection another : connections) {
      try {
        another.close();
      } catch (RuntimeException | SQLException e) {
        // The one that was refused is not there to be closed.
      }
    }
  }

  private void zones() throws SQLException {
    try (Connection connection = connect("sqlTimeZone", "America/New_York"); Statement statement = connection.createStatement()) {
      answer("zone", column(statement.executeQuery("SELECT TIME_FORMAT(__time, 'yyyy-MM-dd HH:mm') AS t FROM types ORDER BY __time LIMIT 1"), "t"));
    }
  }

  private void closing() throws SQLException {
    Connection connection = connect();
    Statement statement = connection.createStatement();
    ResultSet rows = statement.executeQuery("SELECT n FROM many");
    rows.next();
    rows.close();
    statement.close();
    connection.close();
    answer("closed", statement.isClosed() + " " + connection.isClosed());
  }

  private static List<String> column(ResultSet rows, String name) throws SQLException {
    List<String> values = new ArrayList<>();
    try (rows) {
      while (rows.next()) values.add(rows.getString(name));
    }
    return values;
  }

  private void answer(String name, Object value) {
    answers.put(name, String.valueOf(value));
  }
}
