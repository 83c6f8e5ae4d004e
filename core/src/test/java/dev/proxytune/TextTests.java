package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TextTests {
    private static final String[] PIECES = {"a", "a", "b", "b", "ab", "é", "😀", "😁", "\n", "€", " "};

    @Test
    void textOfBytesDoesNotDependOnHowTheyAreCut() {
        for (long seed = 0; seed < 3000; seed++) {
            var random = new SplittableRandom(seed);
            byte[] bytes = bytes(random);
            var stream = new Utf8Stream();
            var text = new StringBuilder();
            for (byte[] token : cut(bytes, random)) {
                text.append(stream.add(token));
                assertThat(endsInHalfACharacter(text)).as("seed %d", seed).isFalse();
            }
            text.append(stream.finish());
            assertThat(text.toString()).as("seed %d", seed).isEqualTo(new String(bytes, StandardCharsets.UTF_8));
        }
    }

    private static boolean endsInHalfACharacter(CharSequence text) {
        return !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
    }

    @Test
    void releasesAllTextBeforeTheFirstCompleteStopStringAndHoldsNothingElse() {
        for (long seed = 0; seed < 20_000; seed++) {
            var random = new SplittableRandom(seed);
            String text = new String(bytes(random), StandardCharsets.UTF_8);
            List<String> stops = stops(random);
            var scanner = new StopScanner(stops);
            var released = new StringBuilder();
            int read = 0;
            while (read < text.length() && !scanner.isStopped()) {
                int next = Math.min(text.length(), read + random.nextInt(5));
                released.append(scanner.add(text.substring(read, next)));
                read = next;
                if (!scanner.isStopped()) {
                    String held = text.substring(released.length(), read);
                    assertThat(held.isEmpty() || stops.stream().anyMatch(stop -> stop.startsWith(held)))
                            .as("seed %d holds \"%s\" for %s", seed, held, stops)
                            .isTrue();
                }
            }
            boolean stopped = scanner.isStopped();
            released.append(scanner.finish());
            String expected = naive(text, stops);
            assertThat(released.toString())
                    .as("seed %d: \"%s\" with %s", seed, text, stops)
                    .isEqualTo(expected);
            assertThat(stopped).isEqualTo(stops.stream().anyMatch(text::contains));
        }
    }

    /** Read character by character and cut the first stop string off that ends there. */
    private static String naive(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String read = text.substring(0, end);
            int cut = stops.stream()
                    .filter(read::endsWith)
                    .mapToInt(stop -> read.length() - stop.length())
                    .min()
                    .orElse(-1);
            if (cut >= 0) {
                return text.substring(0, cut);
            }
        }
        return text;
    }

    @Test
    void theStopStringThatIsCompleteFirstWinsHoweverTheTextIsCut() {
        for (String[] tokens : new String[][] {{"abcd"}, {"a", "bc", "d"}, {"abc", "d"}}) {
            var scanner = new StopScanner(List.of("abcd", "bc", "c"));
            var text = new StringBuilder();
            for (String token : tokens) {
                text.append(scanner.add(token));
            }
            assertThat(text.append(scanner.finish()).toString()).isEqualTo("a");
        }
    }

    @Test
    void findsAStopStringWhoseStartRepeats() {
        var scanner = new StopScanner(List.of("aab"));
        assertThat(scanner.add("a") + scanner.add("a") + scanner.add("a")).isEqualTo("a");
        assertThat(scanner.add("b") + scanner.finish()).isEmpty();
        assertThat(scanner.isStopped()).isTrue();
        assertThat(scanner.add("more")).isEmpty();
    }

    private static List<String> stops(SplittableRandom random) {
        List<String> stops = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            var stop = new StringBuilder();
            for (int length = 1 + random.nextInt(4); length > 0; length--) {
                stop.append(PIECES[random.nextInt(PIECES.length)]);
            }
            stops.add(stop.toString());
        }
        return stops;
    }

    private static byte[] bytes(SplittableRandom random) {
        var text = new StringBuilder();
        for (int length = random.nextInt(25); length > 0; length--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        for (int damage = random.nextInt(4); damage > 1 && bytes.length > 0; damage--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private static List<byte[]> cut(byte[] bytes, SplittableRandom random) {
        List<byte[]> tokens = new ArrayList<>();
        int from = 0;
        while (from < bytes.length) {
            int to = Math.min(bytes.length, from + random.nextInt(4));
            tokens.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        return tokens;
    }
}
