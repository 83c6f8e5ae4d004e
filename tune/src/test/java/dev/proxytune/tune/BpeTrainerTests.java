package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.ByteAlphabet;
import dev.proxytune.gguf.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BpeTrainerTests {
    private static TokenizerMetadata train(List<String> texts, int size) {
        var trainer = new BpeTrainer(size);
        texts.forEach(trainer::add);
        return trainer.train();
    }

    private static List<String> merges(TokenizerMetadata tokenizer) {
        return tokenizer.metadata().strings("tokenizer.ggml.merges").orElseThrow();
    }

    private static List<String> tokens(TokenizerMetadata tokenizer) {
        return tokenizer.metadata().strings("tokenizer.ggml.tokens").orElseThrow();
    }

    private static List<String> split(String text) {
        var words = new ArrayList<String>();
        PreTokenizer.split(text, (start, end) -> words.add(text.substring(start, end)));
        return words;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void makesTheMergesThatCountingAnewWouldMake(long seed) {
        var random = new Random(seed);
        var texts = new ArrayList<String>();
        for (int i = 0; i < 12; i++) {
            texts.add(seed % 2 == 0 ? SampleTexts.narrow(random, 80) : SampleTexts.mixed(random, 40));
        }
        int size = BpeTrainer.SMALLEST + 40;
        var expected = ReferenceTokenizer.train(texts, size);
        var tokenizer = train(texts, size);
        assertThat(merges(tokenizer)).as("seed %d", seed).isEqualTo(expected.merges());
        assertThat(tokens(tokenizer)).as("seed %d", seed).isEqualTo(expected.tokens());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void makesNoTextTwice(long seed) {
        var random = new Random(seed);
        var texts = new ArrayList<String>();
        for (int i = 0; i < 40; i++) {
            texts.add("a".repeat(2 + random.nextInt(40)));
        }
        int size = BpeTrainer.SMALLEST + 14;
        var tokenizer = train(texts, size);
        assertThat(merges(tokenizer))
                .isEqualTo(ReferenceTokenizer.train(texts, size).merges());
        assertThat(tokens(tokenizer)).as("seed %d", seed).doesNotHaveDuplicates();
    }

    @Test
    void takesTheOlderOfPairsEquallyFrequent() {
        assertThat(merges(train(List.of("zy zy ba ba ca ca"), BpeTrainer.SMALLEST + 4)))
                .containsExactly("Ġ b", "Ġ c", "z y", "Ġb a");
    }

    @Test
    void doesNotDependOnTheOrderOfTexts() {
        var random = new Random(5);
        var texts = new ArrayList<String>();
        for (int i = 0; i < 30; i++) {
            texts.add(SampleTexts.mixed(random, 30));
        }
        var first = train(texts, 370);
        Collections.shuffle(texts, random);
        assertThat(train(texts, 370).metadata().values())
                .isEqualTo(first.metadata().values());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void splitsTextsAsThePatternSays(long seed) {
        var random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            String text = SampleTexts.mixed(random, 12);
            assertThat(split(text)).as("seed %d, text %d", seed, i).isEqualTo(ReferenceTokenizer.words(text));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void llamaCppTokenizesAsTheTrainerMeant(long seed) {
        var random = new Random(seed);
        var texts = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            texts.add(SampleTexts.mixed(random, 60));
        }
        var tokenizer = train(texts, 380);
        var reference = ReferenceTokenizer.of(tokenizer, ReferenceTokenizer::words);
        try (var encoder = TextEncoder.open(tokenizer)) {
            assertThat(encoder.vocabulary().size()).isEqualTo(380);
            for (int i = 0; i < 200; i++) {
                String text = SampleTexts.mixed(random, 25);
                assertThat(encoder.encode(text)).as("seed %d, text %d", seed, i).isEqualTo(reference.encode(text));
            }
        }
    }

    @Test
    void knowsOfEachCharacterWhatLlamaCppKnows() {
        // With each of these, the first byte of a character joins it only if they are in one word.
        var tokens = new ArrayList<String>(List.of(BpeTrainer.END));
        var merges = new ArrayList<String>();
        IntStream.range(0, 256).mapToObj(ByteAlphabet::letter).forEach(letter -> tokens.add("" + letter));
        for (char before : new char[] {'x', '!', ByteAlphabet.letter('\n')}) {
            for (int value = 1; value < 0xf5; value++) {
                merges.add(before + " " + ByteAlphabet.letter(value));
                tokens.add("" + before + ByteAlphabet.letter(value));
            }
        }
        var tokenizer = TokenizerMetadata.of(Metadata.builder()
                .putAll(train(List.of(), BpeTrainer.SMALLEST).metadata().values())
                .putStrings("tokenizer.ggml.tokens", tokens)
                .putStrings("tokenizer.ggml.merges", merges)
                .remove("tokenizer.ggml.token_type")
                .build());
        var reference = ReferenceTokenizer.of(tokenizer, BpeTrainerTests::split);
        try (var encoder = TextEncoder.open(tokenizer)) {
            var text = new StringBuilder();
            for (int character = 1; character <= Character.MAX_CODE_POINT; character++) {
                boolean dull = Character.getType(character) == Character.UNASSIGNED
                        || Character.getType(character) == Character.PRIVATE_USE;
                if (Character.getType(character) == Character.SURROGATE || (dull && character % 101 != 0)) {
                    continue;
                }
                String letter = Character.toString(character);
                text.append("x" + letter + "!" + letter + "\n" + letter + "\n");
                if (text.length() > 10_000) {
                    assertThat(encoder.encode(text.toString()))
                            .as("texts up to character %x", character)
                            .isEqualTo(reference.encode(text.toString()));
                    text.setLength(0);
                }
            }
        }
    }

    @Test
    void keepsEveryByteOfAnyText() {
        var random = new Random(9);
        try (var encoder = TextEncoder.open(train(List.of(SampleTexts.mixed(random, 3000)), 400))) {
            for (int i = 0; i < 50; i++) {
                String text = SampleTexts.wild(random, 200);
                byte[] bytes = encoder.vocabulary().detokenize(encoder.encode(text), false, false);
                assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(text);
            }
        }
    }

    @Test
    void endsTextsWithTokenZero() {
        try (var encoder = TextEncoder.open(train(List.of("one two"), BpeTrainer.SMALLEST))) {
            assertThat(encoder.end()).isZero();
            var vocabulary = encoder.vocabulary();
            assertThat(vocabulary.bos()).hasValue(0);
            assertThat(vocabulary.eos()).hasValue(0);
            assertThat(vocabulary.eot()).hasValue(0);
            assertThat(vocabulary.isControl(0)).isTrue();
            assertThat(vocabulary.isEndOfGeneration(0)).isTrue();
            assertThat(encoder.encodeStart("one")).isEqualTo(encoder.encode("one"));
            assertThat(encoder.encode(BpeTrainer.END)).hasSize(13).doesNotContain(0);
        }
    }

    @Test
    void tellsHowManyTokensCanBeMade() {
        assertThatThrownBy(() -> train(List.of("abab abab"), 300))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessage(
                        "The texts are too few to learn 300 tokens from: only 259 can be made; give more text or ask "
                                + "for fewer tokens");
    }

    @Test
    void refusesSizesThatHoldNoBytes() {
        assertThatIllegalArgumentException().isThrownBy(() -> new BpeTrainer(256));
        assertThatIllegalArgumentException().isThrownBy(() -> new BpeTrainer((1 << 20) + 1));
    }
}
