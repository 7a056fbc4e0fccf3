package fathom.evaluation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// The transcripts of a run, one JSON line each, appended as they come. A line that a killed run
/// left half-written is cut off when the file is opened again.
final class TranscriptFile implements AutoCloseable {
  private final Path file;
  private final ObjectMapper json = new ObjectMapper();
  private final List<Transcript> read = new ArrayList<>();
  private final FileChannel channel;

  private TranscriptFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Opens the file, reading what is there.
  ///
  /// @throws EvaluationException if a complete line is no transcript, or the file cannot be used
  static TranscriptFile open(Path file) {
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      TranscriptFile transcripts = new TranscriptFile(file, channel);
      transcripts.readAll();
      return transcripts;
    } catch (IOException e) {
      throw new EvaluationException(file + ": cannot be opened", e);
    }
  }

  private void readAll() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    channel.truncate(end);
    channel.position(end);
    String text = new String(bytes, 0, end, StandardCharsets.UTF_8);
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      try {
        read.add(transcript(json.readTree(line)));
      } catch (JacksonException | NullPointerException e) {
        throw new EvaluationException("%s, line %d: no transcript".formatted(file, number), e);
      }
    }
  }

  private static Transcript transcript(JsonNode node) {
    Response response =
        new Response(
            node.required("reasoning").asString(),
            node.required("content").asString(),
            node.required("well_formed").asBoolean(),
            node.required("finish_reason").asString(),
            node.required("tokens").asInt());
    Score score =
        new Score(
            node.required("strict").asBoolean(),
            node.required("lenient").asBoolean(),
            node.required("extracted").asString());
    return new Transcript(
        node.required("task").asString(),
        node.required("sample").asInt(),
        node.required("family").asString(),
        node.required("question").asString(),
        node.required("expected").asString(),
        response,
        score);
  }

  /// What the file held when it was opened, and what was appended since.
  synchronized List<Transcript> all() {
    return List.copyOf(read);
  }

  /// Appends a line in one write.
  synchronized void append(Transcript transcript) {
    Response response = transcript.response();
    Score score = transcript.score();
    ObjectNode node = json.createObjectNode();
    node.put("task", transcript.task()).put("sample", transcript.sample());
    node.put("family", transcript.family()).put("question", transcript.question());
    node.put("expected", transcript.expected()).put("reasoning", response.reasoning());
    node.put("content", response.content()).put("well_formed", response.wellFormed());
    node.put("finish_reason", response.finishReason()).put("tokens", response.tokens());
    node.put("strict", score.strict()).put("lenient", score.lenient());
    node.put("extracted", score.extracted());
    ByteBuffer line = ByteBuffer.wrap((node + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (line.hasRemaining()) {
        channel.write(line);
      }
    } catch (IOException e) {
      throw new EvaluationException(file + ": cannot be written", e);
    }
    read.add(transcript);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new EvaluationException(file + ": cannot be closed", e);
    }
  }
}
