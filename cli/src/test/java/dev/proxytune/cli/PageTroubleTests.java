package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Steering;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.server.EngineOptions;
import dev.proxytune.server.LoadedModel;
import dev.proxytune.server.ModelServer;
import dev.proxytune.server.ServedModel;
import dev.proxytune.server.ServerOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page where all does not go well, on models that say what they are told, as slowly as they are told. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageTroubleTests {
    private static final String MARKUP = "<img src=x onerror=\"document.title='owned'\"> <b>é</b> 😀 &amp;";
    private static final EngineOptions ONE_BY_ONE = EngineOptions.DEFAULT.withSequences(1);

    /** Permits for tokens of the target; there are plenty unless a test drains them. */
    private final Semaphore gate = new Semaphore(1_000_000);

    private final AtomicInteger tokens = new AtomicInteger();
    private Browser browser;

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private ModelServer server;

    @BeforeAll
    void start() {
        browser = Browser.start();
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    @AfterEach
    void closeServer() {
        gate.release(1_000_000);
        server.close();
    }

    /** Ask, and then have only the steered answer made anew, with no more than some of its tokens. */
    private void askForTokens(int count) {
        ask("Tell me");
        browser.awaitAnswers();
        gate.drainPermits();
        tokens.set(0);
        gate.release(count - 1);
        browser.find("#weights input").sendKeys(Keys.END);
        browser.await("return document.querySelectorAll('.token').length === " + count);
    }

    private void serve(EngineOptions engine, ServerOptions options) {
        ServedModel trio = ServedModel.trio("trio", true, Steering.of(0.7f), () -> {
            var target = new FakeModel("I go on asking and asking", 5);
            target.beforeToken = _ -> {
                gate.acquireUninterruptibly();
                tokens.incrementAndGet();
            };
            return loaded(ProxyTunedModel.of(target, new FakeModel(MARKUP, 20), new FakeModel("?", 1)));
        });
        Supplier<LoadedModel> alone = () -> loaded(new FakeModel("One voice", 9));
        server = ModelServer.start(
                List.of(trio, ServedModel.single("alone", alone)),
                engine,
                new LlamaGrammars(),
                options.withAddress("127.0.0.1", 0));
        server.awaitModels();
    }

    private static LoadedModel loaded(LanguageModel model) {
        return new LoadedModel(model, PromptFormats.auto(model));
    }

    private void open() {
        browser.open(server.address() + "/");
    }

    private void ask(String question) {
        browser.find("#question").sendKeys(question + Keys.ENTER);
    }

    private String problem() {
        browser.await("return !document.getElementById('problem').hidden");
        return browser.text("#reason");
    }

    @Test
    void neverTakesTextForMarkup() {
        serve(ONE_BY_ONE, ServerOptions.DEFAULT);
        open();
        assertThat(browser.text("#weights output")).isEqualTo("0.7");
        ask(MARKUP);
        browser.awaitAnswers();
        assertThat(browser.text(".card.steered .text")).isEqualTo(MARKUP);
        assertThat(browser.text(".card.expert .text")).isEqualTo(MARKUP);
        assertThat(browser.findAll("main img, .text b")).isEmpty();
        assertThat(browser.run("return document.title")).isEqualTo("proxytune");
        // The bytes of a character are tokens, and share a piece.
        assertThat(browser.findAll(".token")).hasSize(MARKUP.codePointCount(0, MARKUP.length()));
        assertThat(browser.text(".changed strong")).matches("\\d+ %");
    }

    @Test
    void showsWhatIsThereSoFarAndStopsWhenTold() {
        serve(ONE_BY_ONE, ServerOptions.DEFAULT);
        open();
        askForTokens(10);
        assertThat(browser.text(".card.steered .text")).isEqualTo(MARKUP.substring(0, 10));
        browser.find("#stop").click();
        browser.awaitAnswers();
        assertThat(browser.text(".card.steered .facts")).isEqualTo("stopped");
        assertThat(browser.find("#problem").isDisplayed()).isFalse();
        gate.release(5);
        Browser.pause(300);
        assertThat(tokens.get()).as("tokens computed once nobody wants them").isLessThanOrEqualTo(9 + 1);
    }

    @Test
    void givesUpTheRunningAnswerWhenTheSliderMoves() {
        serve(ONE_BY_ONE, ServerOptions.DEFAULT);
        open();
        askForTokens(3);
        browser.find("#weights input").sendKeys(Keys.HOME, Keys.ARROW_RIGHT, Keys.HOME);
        Browser.pause(500);
        gate.release(1_000_000);
        browser.awaitAnswers();
        assertThat(browser.text(".card.steered .text")).isEqualTo("I go on asking and asking");
        assertThat(browser.text(".changed strong")).isEqualTo("0 %");
    }

    @Test
    void saysSoWhenTheServerIsGone() throws Exception {
        serve(ONE_BY_ONE, ServerOptions.DEFAULT);
        open();
        ask("Tell me");
        browser.awaitAnswers();
        server.close();
        browser.find("#ask").click();
        assertThat(problem()).isEqualTo("The server cannot be reached. Is it still running?");
        assertThat(browser.text(".card.steered .text"))
                .as("what was there before")
                .isEqualTo(MARKUP);
        assertThat(browser.find("#again").isDisplayed()).isTrue();
        browser.screenshot("page-gone");
    }

    @Test
    void saysSoWhenTheServerGoesInTheMiddleOfAnAnswer() throws Exception {
        serve(ONE_BY_ONE, ServerOptions.DEFAULT);
        open();
        askForTokens(4);
        Thread closing = Thread.ofVirtual().start(server::close);
        Browser.pause(200);
        gate.release(1);
        assertThat(problem())
                .isIn(
                        "The connection broke in the middle of an answer. Is the server still running?",
                        "The answer was ended before it was complete");
        closing.join();
        browser.awaitAnswers();
        assertThat(browser.text(".card.steered .text")).startsWith(MARKUP.substring(0, 4));
    }

    @Test
    void asksForAKeyWhereOneIsNeeded() {
        serve(ONE_BY_ONE, ServerOptions.DEFAULT.withApiKeys(List.of("open sesame")));
        open();
        assertThat(browser.find("#key-form").isDisplayed()).isTrue();
        assertThat(browser.focused().getDomAttribute("id")).isEqualTo("key");
        browser.press("wrong", Keys.ENTER);
        assertThat(problem()).isEqualTo("The server does not know this key.");
        browser.find("#key").clear();
        browser.find("#key").sendKeys("open sesame" + Keys.ENTER);
        browser.await("return document.querySelector('.card') !== null");
        assertThat(browser.find("#key-form").isDisplayed()).isFalse();
        assertThat(browser.find("#problem").isDisplayed()).isFalse();
        ask("Tell me");
        browser.awaitAnswers();
        assertThat(browser.text(".card.steered .text")).isEqualTo(MARKUP);
    }

    @Test
    void saysSoWhenTheServerIsBusy() {
        serve(ONE_BY_ONE.withQueue(0), ServerOptions.DEFAULT);
        open();
        gate.drainPermits();
        ask("Tell me");
        assertThat(problem()).isEqualTo("The server has its hands full: no place is free. Try again in 1 s or so.");
        gate.release(1_000_000);
        browser.awaitAnswers();
        // Target and steered target share the one place; who comes first gets it.
        assertThat(browser.findAll(".facts")).extracting(WebElement::getText).containsOnlyOnce("no answer");
    }

    @Test
    void saysOfEachAnswerThatThereIsNone() throws Exception {
        serve(ONE_BY_ONE.withQueue(0), ServerOptions.DEFAULT);
        open();
        gate.drainPermits();
        tokens.set(0);
        Thread somebody = Thread.ofVirtual().start(this::takeThePlace);
        gate.release(1);
        while (tokens.get() == 0) {
            Thread.onSpinWait();
        }
        ask("Tell me");
        assertThat(problem()).contains("no place is free");
        gate.release(1_000_000);
        somebody.join();
        browser.awaitAnswers();
        assertThat(browser.text(".card.steered .facts")).isEqualTo("no answer");
        assertThat(browser.text(".card.target .facts")).isEqualTo("no answer");
    }

    private void takeThePlace() {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + "/v1/completions"))
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"trio\",\"prompt\":\"Me first\"}"))
                .build();
        try (var client = HttpClient.newHttpClient()) {
            client.sendAsync(request, HttpResponse.BodyHandlers.discarding()).join();
        }
    }

    @Test
    void saysWhatTheServerSaysOfAWrongRequest() {
        serve(ONE_BY_ONE, ServerOptions.DEFAULT);
        open();
        ask("x".repeat(2000));
        assertThat(problem()).contains("The prompt has 2").contains("the context holds 1000");
    }

    @Test
    void showsASingleModelWithoutWhatOnlyTriosHave() {
        serve(ONE_BY_ONE, ServerOptions.DEFAULT);
        open();
        List<WebElement> choices = browser.findAll("#model option");
        assertThat(choices).extracting(WebElement::getText).containsExactly("trio", "alone");
        choices.getLast().click();
        ask("Tell me");
        browser.awaitAnswers();
        assertThat(browser.findAll(".card")).hasSize(1);
        assertThat(browser.text(".card .text")).isEqualTo("One voice");
        assertThat(browser.findAll("#weights input")).isEmpty();
        assertThat(browser.find(".changed").isDisplayed()).isFalse();
        browser.act().moveToElement(browser.findAll(".token").getFirst()).perform();
        assertThat(browser.findAll("#why .column")).hasSize(1);
        assertThat(browser.text("#why .chosen .piece")).isEqualTo("O");
    }
}
