package dev.proxytune.springai;

import static dev.proxytune.springai.Family.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class ProxyTuningAutoConfigurationTests {
    private static final String TARGET = "proxytune.target=../models/target.gguf";
    private static final String EXPERT = "proxytune.expert=../models/expert.gguf";
    private static final String ANTI_EXPERT = "proxytune.anti-expert=../models/anti-expert.gguf";

    @TempDir
    Path folder;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ProxyTuningAutoConfiguration.class))
            .withPropertyValues("proxytune.threads=1", "proxytune.context-length=256", "proxytune.sequences=2");

    @Test
    void configuresATrioAndClosesItWithTheContext() {
        var closed = new AtomicReference<LanguageModel>();
        runner.withPropertyValues(TARGET, EXPERT, ANTI_EXPERT, "proxytune.model-name=family")
                .withConfiguration(AutoConfigurations.of(ChatClientAutoConfiguration.class))
                .run(context -> {
                    assertThat(context).hasSingleBean(ChatModel.class).hasSingleBean(ProxyTunedModel.class);
                    closed.set(context.getBean(LanguageModel.class));
                    assertThat(context.getBean(ChatClient.Builder.class)
                                    .build()
                                    .prompt(QUESTION)
                                    .call()
                                    .content())
                            .contains("Sırp dinarı");
                    assertThat(context.getBean(ProxyTuningChatModel.class)
                                    .getOptions()
                                    .getModel())
                            .isEqualTo("family");
                });
        assertThat(closed.get()).satisfies(model -> assertThat(opens(model)).isFalse());
    }

    private static boolean opens(LanguageModel model) {
        try (var _ = model.open(DecoderOptions.DEFAULT.withContextLength(32))) {
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    @Test
    void readsTheOptionsThatHoldForAllPrompts() {
        runner.withPropertyValues(
                        TARGET,
                        EXPERT,
                        "proxytune.alpha=0.5",
                        "proxytune.options.temperature=0.3",
                        "proxytune.options.top-p=0.9",
                        "proxytune.options.top-k=40",
                        "proxytune.options.min-p=0.05",
                        "proxytune.options.max-tokens=7",
                        "proxytune.options.frequency-penalty=0.1",
                        "proxytune.options.presence-penalty=0.2",
                        "proxytune.options.seed=11",
                        "proxytune.options.stop-sequences=a,b")
                .run(context -> {
                    assertThat(context.getBean(ProxyTuningChatModel.class).getOptions())
                            .isEqualTo(ProxyTuningChatOptions.builder()
                                    .model("proxytune")
                                    .temperature(0.3)
                                    .topP(0.9)
                                    .topK(40)
                                    .minP(0.05)
                                    .maxTokens(7)
                                    .frequencyPenalty(0.1)
                                    .presencePenalty(0.2)
                                    .seed(11L)
                                    .stopSequences(List.of("a", "b"))
                                    .build());
                    assertThat(context.getBean(ProxyTunedModel.class)
                                    .pairs()
                                    .getFirst()
                                    .antiExpert())
                            .isEmpty();
                });
    }

    @Test
    void takesASingleModelAndItsFormat() throws Exception {
        Path template = Files.writeString(folder.resolve("t.jinja"), "{{ messages[0].content }}\n");
        runner.withPropertyValues(TARGET, "proxytune.format=chat-file=" + template)
                .run(context -> {
                    assertThat(context).hasSingleBean(LanguageModel.class).doesNotHaveBean(ProxyTunedModel.class);
                    assertThat(context.getBean(ChatModel.class).call(QUESTION)).isNotBlank();
                });
        runner.withPropertyValues(TARGET, "proxytune.format=chatty")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasRootCauseMessage("A prompt format is plain, chat, auto or chat-file=FILE, got: chatty"));
    }

    @Test
    void leavesModelsFormatsAndObservationToTheApplication() {
        var registry = TestObservationRegistry.create();
        runner.withPropertyValues("proxytune.target=not/there.gguf")
                .withBean(LanguageModel.class, () -> Family.load("expert.gguf"))
                .withBean(
                        PromptFormats.class,
                        () -> PromptFormats.of(
                                Family.load("expert.gguf"), new FormatChoice.Plain(), List.of(), List.of()))
                .withBean(TestObservationRegistry.class, () -> registry)
                .run(context -> {
                    assertThat(context.getBean(ChatModel.class).call(QUESTION)).isNotBlank();
                    TestObservationRegistryAssert.assertThat(registry).hasNumberOfObservationsEqualTo(1);
                });
    }

    @Test
    void keepsOutWhereNobodyAskedForIt() {
        runner.run(
                context -> assertThat(context).doesNotHaveBean(ChatModel.class).hasNotFailed());
        runner.withPropertyValues(TARGET, "spring.ai.model.chat=openai")
                .run(context ->
                        assertThat(context).doesNotHaveBean(ChatModel.class).hasNotFailed());
    }

    @Test
    void saysWhatIsWrongWithTheProperties() {
        runner.withPropertyValues(EXPERT)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageStartingWith("proxytune.target is missing"));
        runner.withPropertyValues(TARGET, "proxytune.expert=not/there.gguf")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("There is no model file not/there.gguf that can be read"));
    }
}
