package fathom.server.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A PostgreSQL server of its own for one test class, from the programs that Debian's package
/// `postgresql` installs. They refuse to run as root, so root runs them as the user `postgres`.
final class PostgresServer {
  private final Path programs;
  private final Path folder;
  private final int port;

  private PostgresServer(Path programs, Path folder, int port) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
  }

  /// The installed programs, if there are any.
  static Optional<Path> programs() throws IOException {
    Path all = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(all)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(all)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder());
    }
  }

  static PostgresServer start(Path programs) throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    // Not in a test's own folder: another user has to get there.
    Path folder = Files.createTempDirectory("fathom-postgres");
    PostgresServer server = new PostgresServer(programs, folder, port);
    if (isRoot()) {
      server.run(List.of("chown", "postgres", folder.toString()));
    }
    server.asUser(
        "initdb", "-D", folder + "/data", "-U", "fathom", "-A", "trust", "-E", "UTF8", "--no-sync");
    server.asUser(
        "pg_ctl",
        "-D",
        folder + "/data",
        "-o",
        server.options(),
        "-l",
        folder + "/log",
        "-w",
        "start");
    return server;
  }

  private String options() {
    // What a killed process had written is with the system; only a power cut needs fsync.
    return "-p " + port + " -c fsync=off -c listen_addresses=127.0.0.1 -k " + folder;
  }

  /// Makes an empty database.
  ///
  /// @return its address
  String create(String name) throws Exception {
    asUser("createdb", "-h", "127.0.0.1", "-p", "" + port, "-U", "fathom", name);
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + name;
  }

  /// Stops the server at once and starts it again, as after a crash.
  void crash() throws Exception {
    asUser("pg_ctl", "-D", folder + "/data", "-m", "immediate", "stop");
    asUser("pg_ctl", "-D", folder + "/data", "-o", options(), "-l", folder + "/log", "-w", "start");
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private void asUser(String program, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    run(command);
  }

  private void run(List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("failed with " + process.exitValue() + ": " + command);
    }
  }

  /// Stops the server and deletes what it kept.
  void stop() throws Exception {
    asUser("pg_ctl", "-D", folder + "/data", "-m", "immediate", "stop");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
