package fathom.cli;

import fathom.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `fathom tokenize`: text to ids and back.
@Command(
    name = "tokenize",
    mixinStandardHelpOptions = true,
    description = "Turns text into token ids, or ids into text.",
    footer = {
      "",
      "Examples:",
      "  fathom tokenize --model DIR 'Hello, world'",
      "  fathom tokenize --model DIR --decode 0,3,292",
      "  fathom tokenize --model DIR --json < strings.jsonl     one JSON string a line -> ids"
    })
final class TokenizeCommand implements Callable<Integer> {
  private static final JsonMapper JSON = new JsonMapper();

  @Option(
      names = {"-m", "--model"},
      required = true,
      paramLabel = "DIR|FILE",
      description = "A model, or a directory with a tokenizer.json.")
  Path model = Path.of("");

  @Option(names = "--decode", description = "Ids to text instead of text to ids.")
  boolean decode;

  @Option(
      names = "--json",
      description = "Reads one JSON string (or array of ids) a line, prints one JSON value a line.")
  boolean json;

  @Parameters(arity = "0..1", description = "The text or ids; without it standard input is read.")
  @Nullable String input;

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Tokenizer tokenizer = LocalModel.tokenizer(EmbeddedModel.resolve(model));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      convertLines(tokenizer, out);
    } else {
      String text =
          input != null ? input : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
      out.println(
          decode
              ? tokenizer.decode(TokenIds.parse(text))
              : JSON.writeValueAsString(tokenizer.encode(text)));
    }
    return 0;
  }

  private void convertLines(Tokenizer tokenizer, PrintWriter out) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (!line.isBlank()) {
        out.println(convert(tokenizer, line, number));
      }
    }
  }

  private String convert(Tokenizer tokenizer, String line, int number) {
    try {
      JsonNode value = JSON.readTree(line);
      if (decode ? value.isArray() : value.isString()) {
        return JSON.writeValueAsString(
            decode
                ? tokenizer.decode(JSON.treeToValue(value, int[].class))
                : tokenizer.encode(value.stringValue()));
      }
      throw new UsageException(
          "standard input, line %d: expected %s, found %s"
              .formatted(
                  number, decode ? "an array of ids" : "a JSON string", value.getNodeType()));
    } catch (JacksonException e) {
      throw new UsageException(
          "standard input, line %d: expected a JSON value, found %s"
              .formatted(number, e.getOriginalMessage()));
    }
  }
}
