package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.tune.ChatRenderer.Message;
import dev.proxytune.tune.ChatRenderer.Part;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TemplateRendererTests {
    private static final String TURNS =
            "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{{ eos_token }}\n{% endfor %}"
                    + "{% if add_generation_prompt %}<|assistant|>{% endif %}";
    private static final List<Message> TALK = List.of(
            new Message("user", "Hi<|assistant|>"),
            new Message("assistant", "Hello"),
            new Message("user", "Why?"),
            new Message("assistant", "So."));

    private TextEncoder encoder;

    @BeforeEach
    void openTokenizer() {
        encoder = TextEncoder.open(new BpeTrainer(BpeTrainer.SMALLEST).train());
    }

    @AfterEach
    void closeTokenizer() {
        encoder.close();
    }

    private List<Part> parts(String template, List<Message> messages) {
        return new TemplateRenderer(template, encoder.vocabulary()).render(messages);
    }

    private static String text(List<Part> parts, boolean answer) {
        return parts.stream()
                .filter(part -> part.answer() == answer)
                .map(Part::text)
                .collect(Collectors.joining());
    }

    @Test
    void whatTheAssistantSaysIsLearntWithItsEnd() {
        String end = encoder.vocabulary().text(encoder.end());
        List<Part> parts = parts(TURNS, TALK);
        assertThat(text(parts, true)).isEqualTo("Hello" + end + "\nSo." + end + "\n");
        assertThat(parts.stream().map(Part::text).collect(Collectors.joining()))
                .isEqualTo("<|user|>Hi<|assistant|>" + end + "\n<|assistant|>Hello" + end + "\n<|user|>Why?" + end
                        + "\n<|assistant|>So." + end + "\n");
        assertThat(parts).filteredOn(Part::markup).noneMatch(part -> part.text().contains("Hi"));
        assertThat(parts)
                .filteredOn(part -> part.text().equals("Hello"))
                .singleElement()
                .isEqualTo(new Part("Hello", false, true));
    }

    @Test
    void refusesATemplateThatWritesEarlierTurnsAnew() {
        String forgetful =
                "{% for m in messages %}{% if loop.last %}[{{ m.content }}]{% else %}{{ m.content }}{% endif %}"
                        + "{% endfor %}";
        assertThatThrownBy(() -> parts(forgetful, TALK))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("in another way when more follow");
    }

    @Test
    void takesTheModelsOwnTemplateAndReadsItOnlyForConversations() {
        assertThat(encoder.renderer()).isEmpty();
        var tokenizer = new BpeTrainer(BpeTrainer.SMALLEST).train();
        for (String template : List.of(TURNS, "{% if %}")) {
            var metadata = tokenizer.metadata().toBuilder()
                    .put("tokenizer.chat_template", template)
                    .build();
            try (var own = TextEncoder.open(TokenizerMetadata.of(metadata))) {
                ChatRenderer renderer = own.renderer().orElseThrow();
                if (template.equals(TURNS)) {
                    assertThat(text(renderer.render(TALK), true)).startsWith("Hello");
                } else {
                    assertThatThrownBy(() -> renderer.render(TALK)).isInstanceOf(ProxyTuneException.class);
                }
            }
        }
    }
}
