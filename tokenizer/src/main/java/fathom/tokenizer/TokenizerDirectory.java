package fathom.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Hugging Face directory as a tokenizer.
///
/// Which token begins and ends a sequence is said in several files. `tokenizer_config.json` names
/// them, and `generation_config.json` may add further ends; `config.json` is asked last, for the
/// distilled Qwen models give the end token there as the begin token.
final class TokenizerDirectory {
  private static final long LARGEST_TEMPLATE = 4 << 20;

  private final Path directory;

  TokenizerDirectory(Path directory) {
    this.directory = directory;
  }

  Tokenizer read() {
    Path file = directory.resolve("tokenizer.json");
    TokenizerJsonReader.Result json = TokenizerJsonReader.read(file);
    Map<String, Object> config = optional("tokenizer_config.json");
    SpecialTokens special = specialTokens(json, config);
    Map<String, String> texts = SpecialTokenTexts.of(json.model(), special);
    return new Tokenizer(json.model(), special, template(config, texts));
  }

  /// The directory's template; DeepSeek-V3.2 comes without one.
  private @Nullable ChatTemplate template(Map<String, Object> config, Map<String, String> texts) {
    String source = templateSource(config);
    if (source != null) {
      return ChatTemplate.of(source, texts);
    }
    boolean v32 = "deepseek_v32".equals(optional("config.json").get("model_type"));
    return v32 ? ChatTemplate.deepSeekV32(texts) : null;
  }

  private Map<String, Object> optional(String name) {
    Path file = directory.resolve(name);
    return Files.exists(file) ? JsonReader.object(file) : Map.of();
  }

  private SpecialTokens specialTokens(TokenizerJsonReader.Result json, Map<String, Object> config) {
    Map<String, Object> generation = optional("generation_config.json");
    Map<String, Object> model = optional("config.json");
    SpecialTokens.Builder builder = new SpecialTokens.Builder();
    int bos = named(json.model(), config, "bos_token");
    if (bos < 0) {
      bos = first(generation, "bos_token_id");
    }
    if (bos < 0 && !json.firstToken().isEmpty()) {
      bos = json.model().id(json.firstToken());
    }
    if (bos < 0) {
      bos = first(model, "bos_token_id");
    }
    if (bos >= 0) {
      builder.bos(bos);
    }
    int eos = named(json.model(), config, "eos_token");
    if (eos < 0) {
      eos = first(generation, "eos_token_id");
    }
    if (eos < 0) {
      eos = first(model, "eos_token_id");
    }
    if (eos >= 0) {
      builder.eos(eos);
    }
    int pad = named(json.model(), config, "pad_token");
    if (pad >= 0) {
      builder.pad(pad);
    }
    ids("generation_config.json", generation.get("eos_token_id")).forEach(builder::stop);
    boolean templateAddsBos = bos >= 0 && !json.firstToken().isEmpty();
    return builder
        .addBos(flag(config, "add_bos_token", templateAddsBos))
        .addEos(flag(config, "add_eos_token", false))
        .build();
  }

  /// The id of a token that the configuration names, as text or as `{"content": …}`; -1 if it names
  /// none.
  private int named(TokenizerModel model, Map<String, Object> config, String key) {
    Object value = config.get(key);
    if (value instanceof Map<?, ?> token) {
      value = token.get("content");
    }
    if (!(value instanceof String text)) {
      return -1;
    }
    int id = model.id(text);
    if (id < 0 && !key.equals("pad_token")) {
      throw malformed("tokenizer_config.json", key, "a token of tokenizer.json", text);
    }
    return id;
  }

  private int first(Map<String, Object> config, String key) {
    List<Integer> ids = ids("config", config.get(key));
    return ids.isEmpty() ? -1 : ids.getFirst();
  }

  private List<Integer> ids(String file, @Nullable Object value) {
    if (value == null || value == JsonNull.NULL) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list.stream().map(id -> id(file, id)).toList();
    }
    return List.of(id(file, value));
  }

  private int id(String file, Object value) {
    if (value instanceof Long id && id >= 0 && id <= Vocabulary.LARGEST_ID) {
      return id.intValue();
    }
    throw malformed(file, "token id", "an id from 0 to " + Vocabulary.LARGEST_ID, value.toString());
  }

  private boolean flag(Map<String, Object> config, String key, boolean otherwise) {
    return config.get(key) instanceof Boolean flag ? flag : otherwise;
  }

  private @Nullable String templateSource(Map<String, Object> config) {
    Path file = directory.resolve("chat_template.jinja");
    if (Files.exists(file)) {
      try {
        if (Files.size(file) > LARGEST_TEMPLATE) {
          throw malformed(
              "chat_template.jinja", "size", "at most 4 MiB", Files.size(file) + " bytes");
        }
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new MalformedTokenizerException(
            file.toString(), "file", "a readable file", e.getClass().getSimpleName(), e);
      }
    }
    Object template = config.get("chat_template");
    if (template instanceof List<?> named) {
      return defaultOf(named);
    }
    return template instanceof String source ? source : null;
  }

  /// Of several named templates the one called `default`, else the first.
  private static @Nullable String defaultOf(List<?> named) {
    @Nullable String first = null;
    for (Object entry : named) {
      if (entry instanceof Map<?, ?> one && one.get("template") instanceof String source) {
        if ("default".equals(one.get("name"))) {
          return source;
        }
        first = first == null ? source : first;
      }
    }
    return first;
  }

  private MalformedTokenizerException malformed(
      String file, String place, String expected, String found) {
    return new MalformedTokenizerException(
        directory.resolve(file).toString(), place, expected, found);
  }
}
