package fathom.training;

import java.util.LinkedHashMap;
import java.util.Map;

/// What a training run will take: memory, time, money, and where the time goes.
///
/// @param layout how the run is spread
/// @param run what was planned
/// @param memory bytes of one device, by what they hold
/// @param seconds device-seconds of one token, by what they are spent on
public record TrainingPlan(
    ParallelLayout layout, RunShape run, Map<String, Double> memory, Map<String, Double> seconds) {
  /// Keeps the order of the maps.
  public TrainingPlan {
    memory = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(memory));
    seconds = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(seconds));
  }

  /// Bytes that one device needs.
  public double memoryPerDevice() {
    return memory.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /// Whether that fits, with a twelfth left for what frameworks and allocators waste.
  public boolean fits() {
    return memoryPerDevice() <= run.device().memoryBytes() * 11 / 12;
  }

  /// Device-seconds of one token.
  public double secondsPerToken() {
    return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /// Device-hours of the whole run.
  public double deviceHours() {
    return secondsPerToken() * run.tokens() / 3600;
  }

  /// What the whole run costs.
  public double dollars() {
    return deviceHours() * run.device().dollarsPerHour();
  }

  /// Seconds of one step of the whole cluster.
  public double secondsPerStep() {
    return secondsPerToken() * run.batch() * run.length() / run.count();
  }

  /// Days until the run is done.
  public double days() {
    return deviceHours() / run.count() / 24;
  }

  /// Share of the time that goes into something.
  public double share(String what) {
    return seconds.getOrDefault(what, 0.0) / secondsPerToken();
  }
}
