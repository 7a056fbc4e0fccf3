package fathom.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/// Debian's Chromium with an empty profile, and what the page tests do with it.
final class Browser implements AutoCloseable {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  private final ChromeDriver driver;
  private final WebDriverWait waiting;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
    this.waiting = new WebDriverWait(driver, Duration.ofSeconds(15), Duration.ofMillis(40));
    // The page draws lists anew: what was found a moment ago may be another element now.
    this.waiting.ignoring(StaleElementReferenceException.class);
  }

  /// Skips the test, and says so, where Chromium isn't installed.
  static Browser open(Path profile) {
    Assumptions.assumeTrue(
        Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
        "skipped: the page tests need Debian's packages chromium and chromium-driver");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM.toFile());
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--lang=en",
        "--user-data-dir=" + profile);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    options.setExperimentalOption(
        "prefs", Map.of("download.default_directory", profile.toString()));
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build();
    return new Browser(new ChromeDriver(service, options));
  }

  ChromeDriver driver() {
    return driver;
  }

  void size(int width, int height) {
    boolean phone = width < 700;
    driver.manage().window().setSize(new Dimension(width, height));
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of(
            "width", width, "height", height, "deviceScaleFactor", phone ? 2 : 1, "mobile", phone));
    driver.executeCdpCommand("Emulation.setTouchEmulationEnabled", Map.of("enabled", phone));
  }

  WebElement find(String css) {
    return waiting.until(
        d ->
            d.findElements(By.cssSelector(css)).stream()
                .filter(WebElement::isDisplayed)
                .findFirst()
                .orElse(null));
  }

  List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  void click(String css) {
    waiting.until(
        d -> {
          find(css).click();
          return true;
        });
  }

  void type(String css, String text) {
    find(css).sendKeys(text);
  }

  /// Clicks a button by its text or label.
  void press(String name) {
    String quoted = "'" + name + "'";
    By by =
        By.xpath(
            "//*[self::button or self::a or self::summary][@aria-label="
                + quoted
                + " or normalize-space(.)="
                + quoted
                + "]");
    waiting.until(
        d -> {
          List<WebElement> shown =
              d.findElements(by).stream().filter(e -> e.isDisplayed() && e.isEnabled()).toList();
          if (shown.isEmpty()) {
            return false;
          }
          shown.getLast().click();
          return true;
        });
  }

  void until(String what, java.util.function.BooleanSupplier condition) {
    waiting.withMessage(what).until(_ -> condition.getAsBoolean());
    waiting.withMessage((String) null);
  }

  String text(String css) {
    return (String)
        driver.executeScript(
            "return [...document.querySelectorAll(arguments[0])].map(n => n.innerText).join('|')",
            css);
  }

  Object script(String code, Object... values) {
    return driver.executeScript(code, values);
  }

  /// What the console said above the level of information.
  List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() > Level.INFO.intValue())
        .map(LogEntry::getMessage)
        .toList();
  }

  /// The addresses of all requests that the page sent.
  List<String> requests() {
    return driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
        .map(entry -> Json.parse(entry.getMessage()).path("message"))
        .filter(message -> message.path("method").asString("").equals("Network.requestWillBeSent"))
        .map(message -> message.at("/params/request/url").asString(""))
        // The empty tab with which the browser starts is its own affair.
        .filter(url -> !url.startsWith("chrome"))
        .toList();
  }

  void screenshot(Path file) {
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    driver.quit();
  }
}
