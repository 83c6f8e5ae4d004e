package dev.proxytune.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Chromium without a window, in which tests do what people do. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Start a browser, or skip the tests where there is none; on CI there must be one. */
    static Browser start() {
        Optional<File> browser = program("chromium", "chromium-browser", "google-chrome");
        Optional<File> driver = program("chromedriver");
        if (browser.isEmpty() || driver.isEmpty()) {
            String reason = "The page is tested with chromium and chromedriver, and the PATH lacks one of them"
                    + " (Debian's packages: chromium, chromium-driver)";
            if (System.getenv("CI") != null) {
                Assertions.fail(reason);
            }
            Assumptions.abort(reason);
        }
        var options = new ChromeOptions();
        options.setBinary(browser.orElseThrow());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--hide-scrollbars",
                "--window-size=1280,900");
        var logs = new LoggingPreferences();
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        var service = new ChromeDriverService.Builder()
                .usingDriverExecutable(driver.orElseThrow())
                .usingAnyFreePort()
                .build();
        return new Browser(new ChromeDriver(service, options));
    }

    private static Optional<File> program(String... names) {
        List<String> folders = List.of(System.getenv("PATH").split(File.pathSeparator));
        return Stream.of(names)
                .flatMap(name -> folders.stream().map(folder -> new File(folder, name)))
                .filter(File::canExecute)
                .findFirst();
    }

    /** Open a page as on a large screen in light colors. */
    void open(String address) {
        screen(1280, 900, 1, false);
        dark(false);
        driver.get("about:blank");
        driver.get(address);
        await("return document.querySelector('.card') !== null || !document.getElementById('key-form').hidden"
                + " || !document.getElementById('problem').hidden");
        await("return !document.getElementById('ask').disabled");
    }

    /** Show pages on a screen of a size in CSS pixels. */
    void screen(int width, int height, double density, boolean touch) {
        Map<String, Object> metrics =
                Map.of("width", width, "height", height, "deviceScaleFactor", density, "mobile", touch);
        driver.executeCdpCommand("Emulation.setDeviceMetricsOverride", metrics);
        driver.executeCdpCommand("Emulation.setTouchEmulationEnabled", Map.of("enabled", touch));
    }

    void dark(boolean on) {
        Map<String, String> feature = Map.of("name", "prefers-color-scheme", "value", on ? "dark" : "light");
        driver.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
    }

    WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    List<WebElement> findAll(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    /** Return what an element says, as it is in the page. */
    String text(String selector) {
        return (String) run("return document.querySelector(arguments[0]).textContent", selector);
    }

    Actions act() {
        return new Actions(driver);
    }

    /** Return how far the bars of a list of candidates reach, from 0 to 1. */
    List<Double> shares(WebElement list) {
        var shares = (List<?>)
                run("return [...arguments[0].children].map(row => row.style.getPropertyValue('--share'))", list);
        return shares.stream().map(share -> Double.valueOf(share.toString())).toList();
    }

    /** Press keys where the focus is. */
    void press(CharSequence... keys) {
        act().sendKeys(keys).perform();
    }

    WebElement focused() {
        return driver.switchTo().activeElement();
    }

    Object run(String script, Object... arguments) {
        return Objects.requireNonNullElse(driver.executeScript(script, arguments), "");
    }

    double number(String script, Object... arguments) {
        return ((Number) run(script, arguments)).doubleValue();
    }

    /** Wait until a script returns true. */
    void await(String script) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!run(script).equals(true)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("It has not come true: " + script);
            }
            pause(20);
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Wait until no answer is under way. */
    void awaitAnswers() {
        await("return document.querySelector('[aria-busy]') === null && document.getElementById('stop').disabled");
    }

    /** Write what is on the screen to a file of that name. */
    void screenshot(String name) throws IOException {
        Files.createDirectories(SCREENSHOTS);
        Files.write(SCREENSHOTS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    }

    /** Return the addresses that pages have asked since this was last called. */
    List<String> requests() {
        return driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
                .map(LogEntry::getMessage)
                .map(line -> part(Json.object(line), "message"))
                .filter(message -> "Network.requestWillBeSent".equals(message.get("method")))
                .map(message -> part(part(message, "params"), "request"))
                .map(request -> String.valueOf(request.get("url")))
                .toList();
    }

    private static Map<?, ?> part(Map<?, ?> whole, String name) {
        return (Map<?, ?>) Objects.requireNonNull(whole.get(name));
    }

    /** Return what the browser has complained of since this was last called. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
