package fathom.cli;

import fathom.server.ApiServer;
import fathom.server.EngineReplies;
import fathom.server.ServerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fathom serve`: the APIs and the chat page.
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description =
        "Serves a model: DeepSeek's, OpenAI's, Anthropic's and Ollama's APIs, and a chat page.",
    footer = {
      "",
      "Examples:",
      "  fathom serve                       serves the model that ships inside",
      "  fathom serve --model DIR",
      "  fathom serve --model model.gguf --port 9000 --set limits.queue=64",
      "  fathom serve --model DIR --config server.properties"
    })
final class ServeCommand implements Callable<Integer> {
  @Mixin ModelArguments modelArguments = new ModelArguments();
  @Mixin KernelArguments kernelArguments = new KernelArguments();
  @Mixin CommonArguments common = new CommonArguments();

  @Option(names = "--port", paramLabel = "N", description = "The port; 0 takes a free one.")
  @Nullable Integer port;

  @Option(names = "--host", paramLabel = "ADDRESS", description = "The address to listen on.")
  @Nullable String host;

  @Mixin ServerSettings settings = new ServerSettings();

  @Option(names = "--name", paramLabel = "NAME", description = "The name to serve the model under.")
  @Nullable String name;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Sequences that run at the same time (default: ${DEFAULT-VALUE}).")
  int batch = 16;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ServerConfig server = settings.read(flags());
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (LocalModel model = LocalModel.openShared(modelArguments, kernelArguments, batch, server)) {
      err.println(model.banner());
      model.warmUp();
      String id = name == null ? modelName() : name;
      ApiServer api = ApiServer.start(server, id, new EngineReplies(model.engine()), err::println);
      CountDownLatch ended = new CountDownLatch(1);
      Thread hook =
          new Thread(
              () -> {
                api.close();
                ended.countDown();
              },
              "fathom-shutdown");
      Runtime.getRuntime().addShutdownHook(hook);
      out.println(api.address());
      out.flush();
      ended.await();
    }
    return 0;
  }

  private String modelName() {
    Path path = modelArguments.path().toAbsolutePath().normalize();
    String last = String.valueOf(path.getFileName());
    return last.endsWith(".gguf") ? last.substring(0, last.length() - 5) : last;
  }

  private Map<String, String> flags() {
    Map<String, String> flags = new LinkedHashMap<>();
    if (port != null) {
      flags.put("port", String.valueOf(port));
    }
    if (host != null) {
      flags.put("host", host);
    }
    return flags;
  }
}
