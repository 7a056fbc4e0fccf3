package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/// The chat page in a real browser: everything at desktop size and at phone size, where the list of
/// conversations is away until it is asked for.
@Tag("browser")
@ParameterizedClass
@CsvSource({"desktop, 1280, 860", "phone, 390, 800"})
class PageTest {
  private static final Path SHOTS =
      Path.of(System.getProperty("fathom.root"), "server", "target", "screenshots");
  private static final String RICH =
      """
      Let's see. A fathom is 6 feet, so \\(d = 6n\\) feet.
      The pressure grows by one bar every 10 m.</think>## How deep is it?

      The **pressure** below the surface is

      $$p(d) = p_0 + \\rho g d, \\qquad \\int_0^d \\rho g \\, \\mathrm{d}z = \\rho g d$$

      so at $d = 100$ m it is about **11 bar**. In Java:

      ```java
      /** Pressure in bar at a depth in metres. */
      static double pressure(double depth) {
        return 1.013 + 1025 * 9.81 * depth / 1e5; // sea water
      }
      ```

      | depth | pressure |
      |------:|---------:|
      | 10 m  | 2.0 bar  |
      | 100 m | 11.1 bar |

      1. Measure the *temperature*.
      2. Correct for salinity, see [the formula](https://example.org/teos).
      """;
  private static final String HOSTILE =
      """
      ok</think><script>window.pwned=1</script><img src=x onerror="window.pwned=2"> <b onclick="window.pwned=3">x</b>
      [link](javascript:window.pwned=4) ![i](https://evil.example/x.png) <iframe src="https://evil.example"></iframe>
      <style>body{display:none}</style> <form action="https://evil.example"><input name=body></form>

      <svg onload="window.pwned=5"></svg>
      <a href="data:text/html,<script>window.pwned=6</script>">d</a>

      $\\href{javascript:window.pwned=7}{x}$ $\\includegraphics{https://evil.example/y.png}$ $\\def\\x{\\x\\x}\\x$ $\\pmb{a}$ $\\fcolorbox{red}{blue}{x}$

      ```"><script>window.pwned=8</script>
      </code><script>window.pwned=9</script>
      ```

      <details open ontoggle="window.pwned=10"><math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.pwned=11&gt;">
      END
      """;

  @TempDir private static Path folder;

  @Parameter(0)
  private String name;

  @Parameter(1)
  private int width;

  @Parameter(2)
  private int height;

  private static ScriptedReplies engine;
  private static TestServer server;
  private static Browser browser;

  @BeforeAll
  static void start() {
    engine =
        new ScriptedReplies(TestServer.tokenizer("deepseek-v3.1"), PageTest::answer)
            .pacing(Duration.ofMillis(30), Duration.ofMillis(2));
    browser = Browser.open(folder.resolve("profile"));
    server = TestServer.start(engine, folder.resolve("data"));
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      server.close();
    }
  }

  private static String answer(String prompt) {
    String question = prompt.substring(prompt.lastIndexOf("<｜User｜>"));
    boolean thinks = prompt.endsWith("<think>");
    if (question.contains("hostile")) {
      return HOSTILE;
    }
    if (question.contains("deep")) {
      return RICH;
    }
    if (question.contains("endless")) {
      return (thinks ? "thinking</think>" : "") + "word ".repeat(1500);
    }
    if (question.contains("long")) {
      return (thinks ? "thinking</think>" : "") + "word ".repeat(400);
    }
    if (question.contains("file content")) {
      return (thinks ? "Reading.</think>" : "")
          + "The file says: "
          + question.contains("forty-two");
    }
    return (thinks ? "A short thought.</think>" : "") + "Answer " + engine.requests().size();
  }

  @BeforeEach
  void open() {
    browser.size(width, height);
    browser.driver().get(server.at("/").toString());
    browser.find("#welcome h2");
    browser.script("localStorage.clear()");
    browser.driver().navigate().refresh();
    browser.find("#welcome h2");
  }

  @AfterEach
  void hearNoComplaints() {
    assertThat(browser.complaints()).isEmpty();
    String origin = server.at("/").toString();
    assertThat(browser.requests())
        .allMatch(
            url -> url.startsWith(origin) || url.startsWith("data:") || url.startsWith("blob:"));
  }

  private static void say(String text) {
    browser.type("#prompt", text + Keys.ENTER);
  }

  /// Brings the list of conversations, where it isn't there.
  private void openSide() {
    if (name.equals("phone")) {
      browser.click("#open-side");
    }
    browser.find("#new-chat");
  }

  /// Sends the list away again, where it covers the page.
  private void closeSide() {
    if (name.equals("phone")) {
      browser.script("document.getElementById('scrim').click()");
    }
  }

  private static void finished() {
    browser.until(
        "the answer ends",
        () ->
            !browser.all(".assistant .bar button").isEmpty() && browser.all(".running").isEmpty());
  }

  @Test
  void showsReasoningMathCodeAndTables() {
    browser.screenshot(SHOTS.resolve("welcome-" + name + ".png"));
    say("How deep is it?");
    finished();
    assertThat(browser.text(".thoughts summary")).startsWith("Thought for");
    assertThat(browser.all(".thought .katex")).isNotEmpty();
    assertThat(browser.all(".text .math.display .katex")).isNotEmpty();
    assertThat(browser.all(".code .hljs-keyword")).isNotEmpty();
    assertThat(browser.all(".table td")).hasSize(4);
    assertThat(browser.text("#stats")).contains("tokens/s").contains("context").contains("cache");
    assertThat(
            (Boolean) browser.script("return document.documentElement.scrollWidth <= innerWidth"))
        .isTrue();
    browser.screenshot(SHOTS.resolve("answer-" + name + ".png"));
    browser.click(".thoughts summary");
    assertThat(browser.all(".thoughts[open]")).isEmpty();
    browser.click(".copy-code");
    browser.until("copied", () -> browser.text(".copy-code").equals("Copied"));
  }

  @Test
  void lethostileAnswersDoNothing() {
    say("hostile");
    finished();
    browser.until("all of it is shown", () -> browser.text(".text").contains("END"));
    assertThat(browser.script("return window.pwned ?? null")).isNull();
    assertThat(browser.text(".text")).contains("<script>window.pwned=1</script>");
    assertThat(
            browser.all(
                ".text script, .text img, .text iframe, .text style, .text form, .text [onclick], .text [style*=url]"))
        .isEmpty();
    assertThat(browser.all(".text a[href^='javascript'], .text a[href^='data']")).isEmpty();
    assertThat(browser.find("#composer").isDisplayed()).isTrue();
  }

  @Test
  void switchesThinkingOff() {
    browser.click("#think");
    say("hello");
    finished();
    assertThat(browser.all(".thoughts")).allMatch(node -> !node.isDisplayed());
    assertThat(engine.lastPrompt()).endsWith("</think>");
  }

  @Test
  void stopsAnAnswerAndKeepsWhatThereIs() {
    say("endless");
    browser.until("it streams", () -> browser.text(".text").contains("word word"));
    browser.click("#stop");
    finished();
    assertThat(browser.text(".assistant .note")).contains("stopped");
    browser.driver().navigate().refresh();
    browser.until("it was stored", () -> browser.text(".text").contains("word word"));
  }

  @Test
  void regeneratesAndSwitchesBetweenVersions() {
    say("version please");
    finished();
    String first = browser.text(".text");
    browser.press("Regenerate");
    browser.until("a second version", () -> browser.text(".assistant .versions").contains("2 / 2"));
    finished();
    String second = browser.text(".text");
    assertThat(second).isNotEqualTo(first);
    browser.press("Previous version");
    browser.until("the first version", () -> browser.text(".text").equals(first));
    browser.driver().navigate().refresh();
    browser.until("the choice was kept", () -> browser.text(".text").equals(first));
  }

  @Test
  void editsAQuestionIntoABranch() {
    say("question one");
    finished();
    browser.press("Edit");
    browser.find(".editor textarea").clear();
    browser.type(".editor textarea", "question two");
    browser.press("Send");
    finished();
    browser.until("the edited question", () -> browser.text(".bubble").equals("question two"));
    assertThat(browser.text(".user .versions")).contains("2 / 2");
    browser.press("Previous version");
    browser.until("the old branch", () -> browser.text(".bubble").equals("question one"));
  }

  @Test
  void goesOnWithAStreamAfterReloading() {
    say("endless");
    browser.until("it streams", () -> browser.text(".text").contains("word word"));
    browser.driver().navigate().refresh();
    browser.until("it goes on", () -> browser.text(".text").length() > 100);
    assertThat(browser.all("#stop")).allMatch(button -> button.isDisplayed());
    browser.until("more comes", () -> browser.text(".text").length() > 600);
    browser.click("#stop");
    finished();
  }

  @Test
  void goesOnWithAStreamAfterALostConnection() {
    // The first two streams of events break after a few pieces, each in the middle of one.
    browser.script(
        """
        const real = window.fetch;
        window.broken = 0;
        window.fetch = async (url, options) => {
          const response = await real(url, options);
          if (!String(url).endsWith('/events') || window.broken === 2) return response;
          window.broken++;
          const reader = response.body.getReader();
          let pieces = 0;
          const body = new ReadableStream({
            async pull(controller) {
              const { value } = await reader.read();
              if (++pieces < 30) return controller.enqueue(value);
              controller.enqueue(value.slice(0, value.length / 2));
              await reader.cancel();
              return controller.error(new TypeError('network error'));
            },
          });
          return new Response(body, { headers: response.headers });
        };
        """);
    say("long");
    finished();
    assertThat(browser.script("return window.broken")).isEqualTo(2L);
    assertThat(browser.text(".text")).isEqualTo("word ".repeat(400).strip());
  }

  @Test
  void listsRenamesSearchesExportsAndDeletes() throws Exception {
    say("whale watching");
    finished();
    openSide();
    browser.until("it is listed", () -> browser.text("#list a").contains("whale watching"));
    browser.press("More actions for whale watching");
    browser.press("Rename");
    browser.find("#ask-input").clear();
    browser.type("#ask-input", "Big fish" + Keys.ENTER);
    browser.until("it is renamed", () -> browser.text("#list a").contains("Big fish"));
    assertThat(browser.text("#title")).isEqualTo("Big fish");
    browser.type("#search", "whale");
    browser.until("it is found by its text", () -> browser.text("#list a").equals("Big fish"));
    browser.find("#search").clear();
    browser.type("#search", "nonsense word");
    browser.until("nothing is found", () -> browser.text("#list").contains("Nothing found"));
    browser.script(
        "document.getElementById('search').value=''; document.getElementById('search').dispatchEvent(new Event('input'))");
    browser.until("it is listed again", () -> browser.text("#list a").contains("Big fish"));
    browser.press("More actions for Big fish");
    browser.press("Export as Markdown");
    Path file = folder.resolve("profile/conversation.md");
    browser.until("it is saved", () -> Files.exists(file));
    assertThat(Files.readString(file)).startsWith("# Big fish").contains("whale watching");
    browser.press("More actions for Big fish");
    browser.press("Delete");
    browser.click("#ask-ok");
    browser.until("it is gone", () -> !browser.text("#list").contains("Big fish"));
    closeSide();
    browser.find("#welcome h2");
  }

  @Test
  void importsWhatWasExported() throws Exception {
    Path file = folder.resolve("import.json");
    Files.writeString(
        file,
        "{\"title\":\"Imported\",\"messages\":[{\"id\":\"1\",\"role\":\"user\",\"content\":\"old question\"},"
            + "{\"id\":\"2\",\"parent\":\"1\",\"role\":\"assistant\",\"content\":\"old answer\"}]}");
    openSide();
    browser.click("#open-settings");
    browser
        .driver()
        .findElement(org.openqa.selenium.By.id("import-input"))
        .sendKeys(file.toString());
    browser.until("it is shown", () -> browser.text(".text").equals("old answer"));
    assertThat(browser.text(".bubble")).isEqualTo("old question");
  }

  @Test
  void attachesTextFilesAndRefusesOthers() throws Exception {
    Path text = Files.writeString(folder.resolve("notes.txt"), "forty-two");
    Path binary = Files.write(folder.resolve("photo.bin"), new byte[] {0, 1, 2, (byte) 0xff});
    browser
        .driver()
        .findElement(org.openqa.selenium.By.id("file-input"))
        .sendKeys(text + "\n" + binary);
    browser.until("the file is listed", () -> browser.text("#files").contains("notes.txt"));
    browser.until("the other is refused", () -> browser.text("#toast").contains("photo.bin"));
    say("what does it say?");
    finished();
    assertThat(browser.text(".text")).contains("The file says: true");
    assertThat(engine.lastPrompt())
        .contains(
            "[file name]: notes.txt\n[file content begin]\nforty-two\n[file content end]\nwhat");
    assertThat(browser.text(".user .files")).contains("notes.txt");
  }

  @Test
  void setsSystemPromptParametersThemeAndLanguage() {
    openSide();
    browser.click("#open-settings");
    browser.type("#system", "Answer like a whale.");
    browser.find("#max-tokens").clear();
    browser.type("#max-tokens", "77" + Keys.TAB);
    browser.script(
        "const t = document.getElementById('temperature'); t.value = 1.5; t.dispatchEvent(new Event('input'))");
    browser.script(
        "const t = document.getElementById('theme'); t.value = 'dark'; t.dispatchEvent(new Event('change'))");
    browser.screenshot(SHOTS.resolve("settings-dark-" + name + ".png"));
    browser.script(
        "const t = document.getElementById('language'); t.value = 'zh'; t.dispatchEvent(new Event('change'))");
    assertThat(browser.text("#settings h2")).isEqualTo("设置");
    browser.press("关闭");
    assertThat(browser.text("#new-chat")).isEqualTo("开启新对话");
    closeSide();
    say("How deep is it?");
    finished();
    assertThat(engine.lastPrompt()).contains("Answer like a whale.<｜User｜>");
    var sampling = engine.requests().getLast().sampling();
    assertThat(sampling.choice().temperature()).isEqualTo(1.5);
    assertThat(sampling.ending().maxTokens()).isEqualTo(77);
    assertThat(browser.text(".assistant .note")).contains("最长");
    browser.screenshot(SHOTS.resolve("cut-dark-zh-" + name + ".png"));
    browser.script(
        "const m = document.getElementById('max-tokens'); m.value = ''; m.dispatchEvent(new Event('change'))");
    say("How deep is it?");
    finished();
    browser.screenshot(SHOTS.resolve("answer-dark-zh-" + name + ".png"));
  }

  @Test
  void worksByKeyboardAlone() {
    assumeTrue(name.equals("desktop"), "a phone's keyboard waits for a touch");
    browser.driver().switchTo().activeElement().sendKeys("by keys" + Keys.ENTER);
    finished();
    browser.driver().switchTo().activeElement().sendKeys(Keys.chord(Keys.CONTROL, "k"));
    assertThat(browser.script("return document.activeElement.id")).isEqualTo("search");
    browser.driver().switchTo().activeElement().sendKeys(Keys.chord(Keys.CONTROL, Keys.SHIFT, "o"));
    browser.find("#welcome h2");
  }

  @Test
  void namesEveryControlForScreenReaders() {
    say("hello");
    finished();
    openSide();
    Object nameless =
        browser.script(
            "return [...document.querySelectorAll('button, a, input, textarea, select')].filter(n => n.offsetParent && !(n.ariaLabel || n.innerText?.trim() || n.labels?.length || n.title)).map(n => n.outerHTML)");
    assertThat((List<?>) nameless).isEmpty();
    assertThat(browser.script("return document.getElementById('announce').textContent"))
        .isEqualTo("Answer complete");
    assertThat(browser.all("main, aside, nav, h1").size()).isEqualTo(4);
  }

  @Test
  void hidesTheListOnPhonesUntilAsked() {
    assumeTrue(name.equals("phone"), "the list stays on a desktop");
    browser.driver().navigate().refresh();
    browser.find("#welcome h2");
    assertThat(browser.find("#open-side").isDisplayed()).isTrue();
    browser.until(
        "the list is away",
        () -> !browser.driver().findElement(org.openqa.selenium.By.id("new-chat")).isDisplayed());
    browser.click("#open-side");
    browser.find("#new-chat");
    browser.screenshot(SHOTS.resolve("list-phone.png"));
    browser.script("document.getElementById('scrim').click()");
    browser.until(
        "the list is away again",
        () -> !browser.driver().findElement(org.openqa.selenium.By.id("new-chat")).isDisplayed());
  }

  @Test
  void canBeInstalled() {
    String manifest = server.get("/app/manifest.webmanifest").body();
    assertThat(Json.parse(manifest).path("icons")).hasSizeGreaterThan(2);
    Json.parse(manifest)
        .path("icons")
        .forEach(
            icon ->
                assertThat(server.get(icon.path("src").asString()).statusCode()).isEqualTo(200));
  }
}
