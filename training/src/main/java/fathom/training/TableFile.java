package fathom.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;

/// CSV and Parquet files, read by DuckDB.
final class TableFile {
  private TableFile() {}

  /// Hands over the text of every row: the column of one of the names, or the only column.
  static void read(Path file, List<String> names, Consumer<String> sink) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException("no such readable file: " + file);
    }
    String reader = file.toString().endsWith(".parquet") ? "read_parquet" : "read_csv_auto";
    String literal = file.toString().replace("'", "''");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        PreparedStatement query =
            connection.prepareStatement("SELECT * FROM %s('%s')".formatted(reader, literal));
        ResultSet rows = query.executeQuery()) {
      int column = column(file, rows.getMetaData(), names);
      while (rows.next()) {
        String text = rows.getString(column);
        if (text != null) {
          sink.accept(text);
        }
      }
    } catch (SQLException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new RecipeException(file.toString(), "expected a readable table", reason);
    }
  }

  private static int column(Path file, ResultSetMetaData columns, List<String> names)
      throws SQLException {
    for (String name : names) {
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        if (columns.getColumnName(i).equalsIgnoreCase(name)) {
          return i;
        }
      }
    }
    if (columns.getColumnCount() == 1) {
      return 1;
    }
    throw new RecipeException(
        file.toString(),
        "expected a column called one of " + names,
        columns.getColumnCount() + " other columns");
  }
}
