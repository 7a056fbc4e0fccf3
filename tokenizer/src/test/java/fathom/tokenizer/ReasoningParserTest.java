package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReasoningParserTest {
  @Test
  void dividesAReplyThatOpensItsThinkingItself() {
    assertParts(false, "<think>\nHm.\n\nYes.\n</think>\n\nIt is 4.", "Hm.\n\nYes.", "It is 4.");
  }

  @Test
  void dividesAReplyWhosePromptOpenedTheThinking() {
    assertParts(true, "Hm.\n</think>\n\nIt is 4.", "Hm.", "It is 4.");
  }

  @Test
  void acceptsAnOpeningTagThatThePromptAlreadyHad() {
    assertParts(true, "<think>\nHm.\n</think>ok", "Hm.", "ok");
  }

  @Test
  void leavesAReplyWithoutThinkingAsItIs() {
    assertParts(false, "  Plain <answer>.\n\n", "", "  Plain <answer>.\n\n");
  }

  @Test
  void takesTagsInsideOfTheAnswerAsText() {
    assertParts(false, "Use <think> and </think>.", "", "Use <think> and </think>.");
    assertParts(true, "a</think>b</think>c", "a", "b</think>c");
  }

  @Test
  void keepsThinkingThatIsCutOff() {
    assertParts(true, "I wonder </thi", "I wonder </thi", "");
    assertParts(false, "<think>half", "half", "");
  }

  @Test
  void makesNothingOfEmptyThinking() {
    assertParts(false, "<think>\n\n</think>\n\nb", "", "b");
  }

  @Test
  void givesBackABeginningThatOnlyLookedLikeATag() {
    assertParts(false, "\n<thin", "", "\n<thin");
    assertParts(false, " <thinking>", "", " <thinking>");
  }

  @Test
  void seesInThePromptWhetherThinkingHasBegun() {
    assertThat(ReasoningParser.afterPrompt("x<think>\n").insideReasoning()).isTrue();
    assertThat(ReasoningParser.afterPrompt("x<think></think>").insideReasoning()).isFalse();
  }

  @Test
  void passesThinkingOnBeforeItEnds() {
    ReasoningParser parser = new ReasoningParser(true);
    assertThat(parser.accept("\nOne")).containsExactly(new ReplyPart.Reasoning("One"));
    assertThat(parser.accept(" two\n")).containsExactly(new ReplyPart.Reasoning(" two"));
    assertThat(parser.accept("three")).containsExactly(new ReplyPart.Reasoning("\nthree"));
  }

  private static void assertParts(boolean inside, String reply, String reasoning, String content) {
    List<ReplyPart> expected = new ArrayList<>();
    if (!reasoning.isEmpty()) {
      expected.add(new ReplyPart.Reasoning(reasoning));
    }
    if (!content.isEmpty()) {
      expected.add(new ReplyPart.Content(content));
    }
    for (List<String> pieces : ReplyParts.cuts(reply)) {
      ReasoningParser parser = new ReasoningParser(inside);
      assertThat(ReplyParts.of(parser::accept, parser::finish, pieces))
          .as("%s", pieces)
          .isEqualTo(expected);
    }
  }
}
