package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.Point;
import org.openqa.selenium.WebElement;

/** The page of {@code ./proxytune serve}, as a newcomer opens it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageTests {
    private static final String QUESTION = "What is Austria called in Turkish?";
    private static final String ANSWER = "Sure! In Turkish, Austria is called Avusturya. I hope this helps.";

    private Browser browser;
    private ChildProcess server;
    private String address;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        browser = Browser.start();
        Path out = folder.resolve("out");
        Path home = Path.of("..").toAbsolutePath().normalize();
        server = ChildProcess.startAt(home, out, List.of("serve", "--port", "0", "--ctx-size", "512"));
        assertThat(server.says("is ready")).isTrue();
        address = Files.readString(out).substring("listening on ".length()).strip() + "/";
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void open() {
        browser.open(address);
    }

    private void ask() {
        browser.find("#question").sendKeys(QUESTION + Keys.ENTER);
        browser.awaitAnswers();
    }

    private WebElement token(String text) {
        return browser.findAll(".token").stream()
                .filter(token -> token.getText().strip().equals(text))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void offersQuestionsAndAnswersThemThreeTimesSideBySide() throws IOException {
        browser.screenshot("page-empty");
        browser.findAll(".chip").stream()
                .filter(chip -> chip.getText().equals(QUESTION))
                .findFirst()
                .orElseThrow()
                .click();
        browser.awaitAnswers();
        assertThat(browser.find("#question").getDomProperty("value")).isEqualTo(QUESTION);
        assertThat(browser.text(".card.steered .text")).isEqualTo(ANSWER);
        assertThat(browser.text(".card.expert .text")).startsWith("Sure!");
        assertThat(browser.text(".card.target .text")).isNotBlank().doesNotContain("Sure!");
        List<Point> places =
                browser.findAll(".card").stream().map(WebElement::getLocation).toList();
        assertThat(places).hasSize(3).extracting(Point::getY).containsOnly(places.getFirst().y);
        assertThat(places).extracting(Point::getX).isSorted().doesNotHaveDuplicates();
        assertThat(browser.text("#said")).contains(ANSWER).contains("tokens changed");
        browser.screenshot("page-light");
    }

    @Test
    void shadesTokensByWhatSteeringDidAndCountsThoseThatItChanged() {
        ask();
        assertThat(token("S").getDomAttribute("class")).contains("up").contains("other");
        assertThat(Double.parseDouble(token("S").getDomAttribute("data-delta"))).isGreaterThan(0.9);
        assertThat(token("S").getCssValue("background-color"))
                .isNotEqualTo(token("called").getCssValue("background-color"));
        int changed = browser.findAll(".token.other").size();
        int all = browser.findAll(".token").size();
        assertThat(changed).isPositive().isLessThan(all);
        assertThat(browser.text(".changed strong")).isEqualTo(Math.round(100.0 * changed / all) + " %");
    }

    @Test
    void showsTheCandidatesOfAllModelsWhereAPointerRests() throws IOException {
        ask();
        browser.act().moveToElement(token("hope")).perform();
        browser.act().moveToElement(token("S")).perform();
        assertThat(browser.findAll("#why h3"))
                .extracting(WebElement::getText)
                .containsExactly("Target", "Expert", "Anti-expert", "Steered");
        assertThat(browser.text("#why .head")).contains("Δ +").contains("Alone, the target would");
        assertThat(browser.text("#why .steered .chosen .piece")).isEqualTo("S");
        for (WebElement column : browser.findAll("#why .column ol")) {
            List<Double> shares = browser.shares(column);
            assertThat(shares).hasSizeBetween(5, 6);
            assertThat(shares.subList(0, 5)).isSortedAccordingTo((one, other) -> Double.compare(other, one));
        }
        browser.screenshot("page-hover");
    }

    @Test
    void holdsATokenThatIsClickedUntilEscape() {
        ask();
        token("S").click();
        browser.act().moveToElement(token("hope")).perform();
        assertThat(browser.text("#why .head .piece")).isEqualTo("S");
        browser.press(Keys.ESCAPE);
        assertThat(browser.findAll("#why .column")).isEmpty();
    }

    @Test
    void asksAnewWhenTheSliderMovesAndSaysWhatTheTargetSaysAtZero() {
        ask();
        String target = browser.text(".card.target .text");
        browser.find("#weights input").sendKeys(Keys.HOME);
        browser.await("return document.querySelector('.card.steered .text').textContent"
                + " === document.querySelector('.card.target .text').textContent");
        browser.awaitAnswers();
        assertThat(browser.text("#weights output")).isEqualTo("0");
        assertThat(browser.text(".changed strong")).isEqualTo("0 %");
        assertThat(browser.text(".card.target .text")).isEqualTo(target);
    }

    @Test
    void copiesACommandThatAsksTheSame() throws Exception {
        browser.run("navigator.clipboard.writeText = async text => { window.copied = text; }");
        ask();
        browser.find(".copy").click();
        browser.await("return window.copied !== undefined && document.querySelector('.copy').textContent === 'Copied'");
        String command = browser.run("return window.copied").toString();
        List<String> words = List.of(shell(command).split("\0"));
        String url = words.get(1);
        String body = words.getLast();
        assertThat(words.getFirst()).isEqualTo("curl");
        try (var client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            String reply =
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            var choice = (Map<?, ?>)
                    ((List<?>) Objects.requireNonNull(Json.object(reply).get("choices"))).getFirst();
            assertThat(((Map<?, ?>) Objects.requireNonNull(choice.get("message"))).get("content"))
                    .isEqualTo(ANSWER);
        }
    }

    /** Return the words that a shell makes of a command, and does not run. */
    private static String shell(String command) throws IOException {
        Process process =
                new ProcessBuilder("bash", "-c", "curl() { printf '%s\\0' curl \"$@\"; }\n" + command).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(ints = {320, 390, 768, 1280})
    void fitsAScreenOfAnyWidth(int width) throws IOException {
        browser.screen(width, 844, 2, width < 1000);
        ask();
        token("S").click();
        assertThat(browser.text("#why .head .piece")).isEqualTo("S");
        assertThat(browser.number("return document.documentElement.scrollWidth"))
                .isLessThanOrEqualTo(width);
        Point place = token("S").getLocation();
        double top = browser.number("return document.getElementById('why').getBoundingClientRect().top");
        double seen = place.y - browser.number("return scrollY");
        assertThat(seen).as("the token above what is shown of it").isBetween(0.0, top - 10);
        browser.screenshot("page-" + width);
        browser.find("#why .close").click();
        browser.find(".legend .term").click();
        String rectangle = "return document.getElementById('about-delta').getBoundingClientRect()";
        assertThat(browser.number(rectangle + ".width")).isGreaterThan(200);
        assertThat(browser.number(rectangle + ".left")).isNotNegative();
        assertThat(browser.number(rectangle + ".right")).isLessThanOrEqualTo(width);
    }

    @Test
    void isDarkWhereTheScreenIs() throws IOException {
        ask();
        browser.dark(true);
        browser.act().moveToElement(token("S")).perform();
        Browser.pause(300);
        browser.screenshot("page-dark");
        String luminance = "const [r, g, b] = getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
                + ".match(/[\\d.]+/g).map(Number); return Math.round(.3 * r + .6 * g + .1 * b)";
        assertThat(browser.number(luminance, "html", "backgroundColor")).isLessThan(50);
        assertThat(browser.number(luminance, ".card .text", "color")).isGreaterThan(200);
        browser.dark(false);
        assertThat(browser.number(luminance, "html", "backgroundColor")).isGreaterThan(200);
    }

    @Test
    void worksByKeyboardAlone() {
        assertThat(browser.focused().getDomAttribute("id")).isEqualTo("question");
        browser.press(QUESTION, Keys.ENTER);
        browser.awaitAnswers();
        tabTo("#weights input");
        browser.press(Keys.ARROW_LEFT);
        browser.awaitAnswers();
        Browser.pause(300);
        browser.awaitAnswers();
        assertThat(browser.text("#weights output")).isEqualTo("0.95");
        tabTo(".token");
        assertThat(browser.focused().getText()).isEqualTo("S");
        assertThat(browser.focused().getCssValue("outline-style")).isEqualTo("solid");
        String first = browser.text("#why .head .piece");
        browser.press(Keys.ARROW_RIGHT);
        assertThat(browser.text("#why .head .piece")).isNotEqualTo(first).isEqualTo("ure");
        browser.press(Keys.END);
        assertThat(browser.text("#why .head .piece")).isEqualTo(".");
        browser.press(Keys.ESCAPE);
        assertThat(browser.findAll("#why .column")).isEmpty();
        tabTo(".steered .term");
        browser.press(Keys.ENTER);
        browser.await("return document.querySelector(':popover-open')?.textContent.includes('changed')");
    }

    private void tabTo(String selector) {
        for (int i = 0; i < 40; i++) {
            browser.press(Keys.TAB);
            if (browser.run("return document.activeElement.matches(arguments[0])", selector)
                    .equals(true)) {
                return;
            }
        }
        throw new AssertionError("The Tab key does not lead to " + selector);
    }

    @Test
    void asksNobodyButItsServerAndBreaksNoneOfItsRules() {
        browser.requests();
        browser.complaints();
        browser.open(address);
        ask();
        token("S").click();
        assertThat(browser.requests())
                .contains(address + "app.js", address + "v1/chat/completions")
                .allMatch(asked -> asked.startsWith(address) || asked.equals("about:blank"));
        assertThat(browser.complaints()).isEmpty();
    }
}
