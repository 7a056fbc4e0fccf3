package fathom.cli;

import picocli.CommandLine.Option;

/// Options that every command has.
final class CommonArguments {
  @Option(names = "--verbose", description = "Show the stack trace when something goes wrong.")
  boolean verbose;
}
