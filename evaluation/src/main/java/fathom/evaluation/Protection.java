package fathom.evaluation;

/// One thing that the sandbox enforces. Which of them hold is found out by trial when a sandbox is
/// opened, and never assumed.
public enum Protection {
  /// The evaluator ends the program at its wall time, output and memory limits.
  WATCHED,
  /// The kernel limits processor time, address space, file size and the number of open files.
  RESOURCE_LIMITS,
  /// The program has a network of its own with nothing in it.
  NO_NETWORK,
  /// The program sees and signals only its own processes, which all end with the first of them.
  OWN_PROCESSES,
  /// The program sees read-only system folders and a scratch file system of limited size.
  OWN_FILES,
  /// The program runs as nobody, without any capability.
  NOBODY,
  /// The kernel limits the number of processes.
  PROCESS_LIMIT
}
