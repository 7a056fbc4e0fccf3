package fathom.server;

import fathom.server.store.Account;
import fathom.server.store.AccountStore;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Decides who comes in: the host name must be ours, no other origin's page may ask, and where keys
/// are needed there must be one, in a header or in the chat page's cookie.
final class Door {
  /// The cookie of the chat page; the page's scripts can't read it.
  static final String COOKIE = "fathom_session";

  private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");
  private static final int LONGEST_KEY = 256;

  private final AccessConfig access;
  private final List<String> hosts;
  private final AccountStore accounts;

  Door(ServerConfig config, AccountStore accounts) {
    this.access = config.access();
    this.accounts = accounts;
    List<String> known = new ArrayList<>(LOOPBACK);
    known.add(config.host().contains(":") ? "[" + config.host() + "]" : config.host());
    known.addAll(access.hosts());
    this.hosts = List.copyOf(known);
  }

  /// Refuses requests that a foreign page sends through its visitor's browser.
  ///
  /// @throws ApiException 403
  void checkOrigin(Exchange exchange) {
    String host = exchange.header("Host").orElse("");
    if (!access.keys() || !access.hosts().isEmpty()) {
      String name = host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
      if (hosts.stream().noneMatch(name::equalsIgnoreCase)) {
        throw ApiException.forbidden("Unknown host; add it to access.hosts to serve it");
      }
    }
    Optional<String> origin = exchange.header("Origin");
    if (origin.isPresent() && !authority(origin.get()).equalsIgnoreCase(host)) {
      throw ApiException.forbidden("Requests from pages of another origin are refused");
    }
  }

  private static String authority(String origin) {
    try {
      @Nullable String authority = new URI(origin).getRawAuthority();
      return authority == null ? "" : authority;
    } catch (URISyntaxException e) {
      return "";
    }
  }

  /// Who sends this.
  ///
  /// @throws ApiException 401
  Caller identify(Exchange exchange) {
    if (!access.keys()) {
      return Caller.LOCAL;
    }
    String key = key(exchange);
    if (key.isEmpty()) {
      throw ApiException.unauthenticated("Authentication Fails (no API key)");
    }
    return caller(key)
        .orElseThrow(() -> ApiException.unauthenticated("Authentication Fails (no such user)"));
  }

  /// The owner of a key that may be used.
  Optional<Caller> caller(String key) {
    if (key.isEmpty() || key.length() > LONGEST_KEY) {
      return Optional.empty();
    }
    return accounts.authenticate(key).map(Door::caller);
  }

  private static Caller caller(Account account) {
    return new Caller(account.id(), account.name(), true);
  }

  private static String key(Exchange exchange) {
    Optional<String> bearer = exchange.header("Authorization");
    if (bearer.isPresent() && bearer.get().regionMatches(true, 0, "Bearer ", 0, 7)) {
      return bearer.get().substring(7).strip();
    }
    return exchange.header("x-api-key").map(String::strip).orElseGet(() -> exchange.cookie(COOKIE));
  }
}
