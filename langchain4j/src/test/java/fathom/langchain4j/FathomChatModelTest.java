package fathom.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import fathom.checkpoint.Checkpoint;
import fathom.generation.Engine;
import fathom.generation.EngineOptions;
import fathom.model.DecoderModel;
import fathom.model.ModelOptions;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WorkerPool;
import fathom.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FathomChatModelTest {
  private static WorkerPool workers;
  private static Checkpoint checkpoint;
  private static Engine engine;

  @BeforeAll
  static void open() {
    Path folder = Path.of(System.getProperty("fathom.fixtures"), "models", "adder-v3");
    workers = new WorkerPool(1);
    checkpoint = Checkpoint.open(folder);
    DecoderModel model =
        DecoderModel.load(checkpoint, new ScalarKernels(workers), ModelOptions.defaults());
    engine =
        Engine.open(
            model, Tokenizer.open(folder), EngineOptions.of(512, 32L << 20, 42, System::nanoTime));
  }

  @AfterAll
  static void close() {
    engine.close();
    checkpoint.close();
    workers.close();
  }

  private static ChatRequest question(String text) {
    return ChatRequest.builder().messages(UserMessage.from(text)).temperature(0.0).build();
  }

  @Test
  void answersWithThinkingApart() {
    ChatResponse response = new FathomChatModel(engine, true).chat(question("Compute 750 + 4"));
    assertThat(response.aiMessage().text().strip()).isEqualTo("754");
    assertThat(response.aiMessage().thinking()).contains("0 + 4 = 4");
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(13);
    assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(42);
  }

  @Test
  void streamsWhatItAnswers() throws Exception {
    StringBuilder text = new StringBuilder();
    StringBuilder thinking = new StringBuilder();
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    new FathomStreamingChatModel(engine, true)
        .chat(
            question("Compute 750 + 4"),
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String part) {
                text.append(part);
              }

              @Override
              public void onPartialThinking(PartialThinking part) {
                thinking.append(part.text());
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
              }

              @Override
              public void onError(Throwable error) {
                whole.completeExceptionally(error);
              }
            });
    AiMessage message = whole.get(30, TimeUnit.SECONDS).aiMessage();
    assertThat(text).hasToString(message.text());
    assertThat(thinking).hasToString(message.thinking());
  }

  @Test
  void stopsAtTheLimitOfTokens() {
    ChatRequest request =
        ChatRequest.builder()
            .messages(UserMessage.from("Compute 750 + 4"))
            .temperature(0.0)
            .maxOutputTokens(3)
            .build();
    ChatResponse response = new FathomChatModel(engine, true).chat(request);
    assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(3);
  }

  @Test
  void refusesWhatTheModelCantRead() {
    FathomChatModel model = new FathomChatModel(engine, true);
    UserMessage picture = UserMessage.from(ImageContent.from("https://example.org/x.png"));
    assertThatThrownBy(() -> model.chat(picture)).isInstanceOf(UnsupportedFeatureException.class);
    ChatRequest tools =
        ChatRequest.builder()
            .messages(UserMessage.from("hi"))
            .toolSpecifications(ToolSpecification.builder().name("get_weather").build())
            .build();
    assertThatThrownBy(() -> model.chat(tools))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("template");
  }
}
