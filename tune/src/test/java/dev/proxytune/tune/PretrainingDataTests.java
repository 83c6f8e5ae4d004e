package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PretrainingDataTests {
    @TempDir
    private Path folder;

    /** A stream in which every token tells its place. */
    private static PretrainingData counting(int tokens, BatchPlan plan) {
        return new PretrainingData(IntStream.range(0, tokens).toArray(), -5, plan);
    }

    @ParameterizedTest
    @CsvSource({"1000,4,16", "1000,7,33", "64,3,16", "17,1,16", "1001,5,10"})
    void predictsEveryTokenOnceInAPass(int tokens, int rows, int length) {
        var data = counting(tokens, new BatchPlan(rows, length, 3, 0));
        int windows = Math.ceilDiv(tokens, length);
        for (int pass = 0; pass < 3; pass++) {
            var seen = new int[tokens];
            for (int window = pass * windows; window < (pass + 1) * windows; window++) {
                var batch = data.batch(window / rows);
                int row = window % rows;
                for (int i = row * length; i < (row + 1) * length; i++) {
                    if (batch.targets()[i] != TokenBatch.UNCOUNTED) {
                        assertThat(batch.targets()[i]).isEqualTo((batch.ids()[i] + 1) % tokens);
                        seen[batch.targets()[i]]++;
                    }
                }
            }
            assertThat(seen).as("pass %d", pass).containsOnly(1);
        }
    }

    @Test
    void continuesARowWithTheTokensThatFollow() {
        var batch = counting(500, new BatchPlan(4, 32, 1, 0)).batch(0);
        assertThat(batch.segments()).isEmpty();
        for (int row = 0; row < 4; row++) {
            int first = batch.ids()[row * 32];
            for (int i = 0; i < 32; i++) {
                assertThat(batch.ids()[row * 32 + i]).isEqualTo((first + i) % 500);
            }
        }
    }

    @Test
    void givesTheSameBatchesWhenResumed() {
        var plan = new BatchPlan(3, 16, 11, 0.1);
        var whole = counting(700, plan);
        for (int number = 0; number < 60; number++) {
            var expected = whole.batch(number);
            var resumed = counting(700, plan).batch(number);
            assertThat(resumed.ids()).isEqualTo(expected.ids());
            assertThat(resumed.targets()).isEqualTo(expected.targets());
        }
        int[] early = whole.batch(0).ids();
        assertThat(counting(700, plan).batch(0).ids()).isEqualTo(early);
    }

    @Test
    void ordersByTheSeedAndDifferentlyInEachPass() {
        var data = counting(640, new BatchPlan(4, 16, 1, 0));
        assertThat(data.batches(1)).isEqualTo(10);
        assertThat(data.batch(10).ids()).isNotEqualTo(data.batch(0).ids());
        assertThat(data.batch(10).ids()[0] % 16)
                .as("where the windows of a pass begin")
                .isNotEqualTo(data.batch(0).ids()[0] % 16);
        var other = counting(640, new BatchPlan(4, 16, 2, 0));
        assertThat(other.batch(0).ids()).isNotEqualTo(data.batch(0).ids());
    }

    @Test
    void holdsTheEndOfTheStreamOut() {
        var data = counting(1000, new BatchPlan(2, 16, 1, 0.25));
        assertThat(data.tokens()).isEqualTo(750);
        for (int number = 0; number < 50; number++) {
            assertThat(Arrays.stream(data.batch(number).ids())).allMatch(id -> id < 750);
        }
        var targets = data.validation().stream()
                .flatMapToInt(batch -> Arrays.stream(batch.targets()))
                .filter(target -> target != TokenBatch.UNCOUNTED)
                .toArray();
        assertThat(targets).containsExactly(IntStream.range(751, 1000).toArray());
        assertThat(data.validation())
                .allSatisfy(batch -> assertThat(batch.length()).isEqualTo(16));
        assertThat(counting(1000, new BatchPlan(2, 16, 1, 0)).validation()).isEmpty();
    }

    @Test
    void cutsWhereADocumentEnds() {
        int end = 7;
        int[] ids = new Random(1).ints(1000, 8, 99).toArray();
        ids[729] = end;
        ids[800] = end;
        assertThat(new PretrainingData(ids, end, new BatchPlan(1, 16, 1, 0.25)).tokens())
                .isEqualTo(730);
        ids[729] = 8;
        assertThat(new PretrainingData(ids, end, new BatchPlan(1, 16, 1, 0.25)).tokens())
                .isEqualTo(750);
    }

    @Test
    void encodesDocumentsWithAnEndAfterEach() throws IOException {
        Path text = Files.writeString(folder.resolve("a.txt"), "ab\n<|endoftext|>\nc\n");
        Path objects = Files.writeString(folder.resolve("b.jsonl"), "{\"text\": \"da\"}\n");
        try (var encoder = TextEncoder.open(new BpeTrainer(BpeTrainer.SMALLEST).train())) {
            assertThat(TokenStream.read(List.of(text, objects), encoder))
                    .containsExactly(98, 99, 0, 100, 0, 101, 98, 0);
            var data = PretrainingData.load(List.of(text, objects), encoder, new BatchPlan(2, 4, 1, 0));
            assertThat(data.tokens()).isEqualTo(8);
            assertThat(data.batch(0).counted()).isEqualTo(8);
        }
    }

    @Test
    void putsTheTokenThatBeginsATextBeforeEach() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "a\n<|endoftext|>\nb");
        var metadata = new BpeTrainer(BpeTrainer.SMALLEST)
                .train().metadata().toBuilder().put("tokenizer.ggml.add_bos_token", true);
        try (var same = TextEncoder.open(TokenizerMetadata.of(metadata.build()));
                var other = TextEncoder.open(TokenizerMetadata.of(
                        metadata.putUnsigned("tokenizer.ggml.bos_token_id", 5).build()))) {
            assertThat(TokenStream.read(List.of(file), same)).containsExactly(98, 0, 99, 0);
            assertThat(TokenStream.read(List.of(file), other)).containsExactly(5, 98, 0, 5, 99, 0);
        }
    }

    @Test
    void keepsTheOrderOfManyDocuments() throws IOException {
        var lines = new StringBuilder();
        var expected = new TokenList();
        try (var encoder = TextEncoder.open(new BpeTrainer(BpeTrainer.SMALLEST).train())) {
            for (int i = 0; i < 20_000; i++) {
                String document = "document number " + i + " of many";
                lines.append(document).append("\n<|endoftext|>\n");
                expected.addAll(encoder.encode(document));
                expected.add(0);
            }
            Path file = Files.writeString(folder.resolve("many.txt"), lines);
            assertThat(TokenStream.read(List.of(file), encoder)).isEqualTo(expected.toArray());
        }
    }

    @Test
    void refusesLessThanARow() {
        assertThatThrownBy(() -> counting(16, new BatchPlan(1, 16, 1, 0)))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessage(
                        "There are 16 tokens to train on, which do not fill a row of 16 and its next token: give more "
                                + "text or ask for shorter rows");
    }

    @Test
    void refusesPlansThatHoldNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new BatchPlan(0, 16, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new BatchPlan(1, 1, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new BatchPlan(1, 16, 1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new BatchPlan(1, 16, 1, Double.NaN));
    }
}
