package fathom.evaluation;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A named list of tasks.
///
/// @param name as it appears in the result
/// @param tasks in a fixed order, ids unique
public record Suite(String name, List<Task> tasks) {
  /// Copies the list and checks it.
  ///
  /// @throws TaskException if there is no task or two tasks share an id
  public Suite {
    tasks = List.copyOf(tasks);
    if (tasks.isEmpty()) {
      throw new TaskException("suite " + name + ": expected at least one task, found none");
    }
    Set<String> ids = new HashSet<>();
    for (Task task : tasks) {
      if (!ids.add(task.id())) {
        throw new TaskException("suite " + name + ": task id " + task.id() + " stands twice");
      }
    }
  }

  /// The first tasks only, for a quick look.
  public Suite first(int count) {
    return new Suite(name, tasks.subList(0, Math.min(Math.max(count, 1), tasks.size())));
  }
}
