package fathom.cli;

import fathom.server.Stores;
import fathom.server.store.Account;
import fathom.server.store.AccountStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fathom keys`: who may use the service.
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    description = "Makes, lists, tops up and revokes the keys of the service.",
    footer = {
      "",
      "A key is shown once, when it is made; the database keeps only its hash.",
      "",
      "Examples:",
      "  fathom keys --create alice --balance 10",
      "  fathom keys --list",
      "  fathom keys --top-up ID --balance 5",
      "  fathom keys --revoke ID"
    })
final class KeysCommand implements Callable<Integer> {
  @Mixin ServerSettings server = new ServerSettings();
  @Mixin CommonArguments common = new CommonArguments();

  @ArgGroup(multiplicity = "1")
  Action action = new Action();

  @Option(
      names = "--balance",
      paramLabel = "AMOUNT",
      defaultValue = "0",
      description = "What to grant or to add (default: ${DEFAULT-VALUE}).")
  BigDecimal balance = BigDecimal.ZERO;

  @Spec private CommandSpec spec;

  /// One of them.
  static final class Action {
    @Option(names = "--create", paramLabel = "NAME", description = "Makes a key.")
    @Nullable String create;

    @Option(names = "--list", description = "Lists all keys, without showing them.")
    boolean list;

    @Option(names = "--top-up", paramLabel = "ID", description = "Adds to a balance.")
    @Nullable String topUp;

    @Option(names = "--revoke", paramLabel = "ID", description = "Refuses a key from now on.")
    @Nullable String revoke;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (Stores stores = Stores.open(server.read(Map.of()), Clock.systemUTC())) {
      AccountStore accounts = stores.accounts();
      if (action.create != null) {
        AccountStore.NewKey made = accounts.create(action.create, balance);
        out.printf("%s  %s%n", made.account().id(), made.key());
      } else if (action.topUp != null) {
        require(accounts.topUp(action.topUp, balance), action.topUp);
      } else if (action.revoke != null) {
        require(accounts.revoke(action.revoke), action.revoke);
      } else {
        for (Account account : accounts.list()) {
          out.printf(
              "%s  %-20s  balance %s of %s granted%s%n",
              account.id(),
              account.name(),
              account.balance().stripTrailingZeros().toPlainString(),
              account.granted().stripTrailingZeros().toPlainString(),
              account.revoked() ? ", revoked" : "");
        }
      }
    }
    return 0;
  }

  private static void require(boolean found, String id) {
    if (!found) {
      throw new UsageException("keys: no account " + id + "; fathom keys --list shows them");
    }
  }
}
