package fathom.server;

import java.time.Duration;
import java.util.List;

/// Who may use the service, under which names, and how it says goodbye.
///
/// @param keys whether every request needs an API key (`access.keys`)
/// @param hosts further values of the `Host` header to accept, beside loopback and the listening
///   address (`access.hosts`, comma separated); without keys other hosts are refused, so that no
///   web page can reach the service by rebinding a name
/// @param drain how long running answers may finish after the order to stop (`access.drain`)
/// @param aliases further names under which the model is served (`access.aliases`, comma separated)
public record AccessConfig(boolean keys, List<String> hosts, Duration drain, List<String> aliases) {

  /// Copies the lists.
  public AccessConfig {
    hosts = List.copyOf(hosts);
    aliases = List.copyOf(aliases);
    if (drain.isNegative()) {
      throw new InvalidConfigException("access.drain: expected 0 or more, found " + drain);
    }
  }
}
