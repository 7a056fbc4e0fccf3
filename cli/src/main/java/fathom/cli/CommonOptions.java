package fathom.cli;

import picocli.CommandLine.Option;

/// Options that every command has.
final class CommonOptions {
  @Option(names = "--verbose", description = "Show the stack trace when something goes wrong.")
  boolean verbose;
}
