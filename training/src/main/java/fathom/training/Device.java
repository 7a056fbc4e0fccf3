package fathom.training;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What one device of a cluster can do, by its maker's figures: dense operations a second, memory,
/// the ways to its neighbours, and what an hour of it costs.
///
/// @param name as `--device` has it
/// @param bf16Flops BF16 operations a second with float32 sums
/// @param fp8Flops FP8 operations a second; equal to `bf16Flops` where FP8 is only a way to store
/// @param memoryBytes memory of its own
/// @param memoryBandwidth bytes a second to and from it
/// @param links to other devices
/// @param dollarsPerHour rent
public record Device(
    String name,
    double bf16Flops,
    double fp8Flops,
    double memoryBytes,
    double memoryBandwidth,
    Links links,
    double dollarsPerHour) {

  /// How devices reach each other.
  ///
  /// @param perNode devices in one node
  /// @param nodeBandwidth bytes a second to the others of the node, one direction, as achieved
  /// @param networkBandwidth bytes a second to other nodes, one direction, as achieved
  public record Links(int perNode, double nodeBandwidth, double networkBandwidth) {}

  /// Devices known by name. H800: the V3 report, sections 3.1 and 3.2 (NVLink 160 GB/s, InfiniBand
  /// 50 GB/s, both as achieved there); its rent is the report's assumption. CPUs: peaks of the
  /// vector and tile units at the all-core clock; their rents are those of rented virtual machines.
  public static final List<Device> KNOWN =
      List.of(
          new Device("h800", 989e12, 1979e12, 80e9, 3.35e12, new Links(8, 160e9, 50e9), 2.0),
          new Device("h100", 989e12, 1979e12, 80e9, 3.35e12, new Links(8, 360e9, 50e9), 2.5),
          new Device("h20", 148e12, 296e12, 96e9, 4.0e12, new Links(8, 360e9, 50e9), 1.2),
          new Device("a100", 312e12, 312e12, 80e9, 2.0e12, new Links(8, 240e9, 25e9), 1.3),
          new Device("b200", 2250e12, 4500e12, 192e9, 8e12, new Links(8, 720e9, 50e9), 5.0),
          new Device("rtx4090", 165e12, 330e12, 24e9, 1.0e12, new Links(1, 25e9, 1.2e9), 0.4),
          new Device("xeon-amx-56c", 90e12, 90e12, 512e9, 0.28e12, new Links(2, 40e9, 1.2e9), 2.4),
          new Device("xeon-amx-2c", 1.6e12, 1.6e12, 24e9, 0.015e12, new Links(1, 5e9, 1.2e9), 0.09),
          new Device("epyc-64c", 6.5e12, 6.5e12, 512e9, 0.4e12, new Links(2, 40e9, 1.2e9), 2.0),
          new Device("laptop-8c", 0.8e12, 0.8e12, 16e9, 0.05e12, new Links(1, 5e9, 0.1e9), 0.02));

  /// Checks that nothing is zero or negative.
  public Device {
    boolean valid =
        bf16Flops > 0
            && fp8Flops >= bf16Flops
            && memoryBytes > 0
            && memoryBandwidth > 0
            && links.perNode() > 0
            && links.nodeBandwidth() > 0
            && links.networkBandwidth() > 0
            && dollarsPerHour >= 0;
    if (!valid) {
      throw new IllegalArgumentException("device " + name + ": expected positive figures");
    }
  }

  /// The device of this name.
  public static Optional<Device> named(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return KNOWN.stream().filter(device -> device.name().equals(lower)).findFirst();
  }

  /// The same device at another rent.
  public Device at(double price) {
    return new Device(name, bf16Flops, fp8Flops, memoryBytes, memoryBandwidth, links, price);
  }
}
