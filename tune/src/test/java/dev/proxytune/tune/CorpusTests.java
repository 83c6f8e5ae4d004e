package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTests {
    @TempDir
    private Path folder;

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static List<String> read(Path file) {
        var documents = new ArrayList<String>();
        Corpus.of(file).forEach(documents::add);
        return documents;
    }

    private List<String> read(String name, String content) throws IOException {
        return read(file(name, content.getBytes(StandardCharsets.UTF_8)));
    }

    private void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessage(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void separatesDocumentsByLinesOfTheirOwn() throws IOException {
        assertThat(read("a.txt", "one\ntwo\n<|endoftext|>\n\nthree <|endoftext|>\n<|endoftext|>x\n<|endoftext|>\n"))
                .containsExactly("one\ntwo", "\nthree <|endoftext|>\n<|endoftext|>x");
    }

    @Test
    void takesAFileWithoutSeparatorsForOneDocument() throws IOException {
        assertThat(read("a.txt", " one\n\ntwo\n\n")).containsExactly(" one\n\ntwo\n");
        assertThat(read("a.txt", "one")).containsExactly("one");
    }

    @Test
    void keepsLineBreaksAsTheyAre() throws IOException {
        assertThat(read("a.txt", "one\r\ntwo\r\n<|endoftext|>\r\nthree\rfour"))
                .containsExactly("one\r\ntwo", "three\rfour");
    }

    @Test
    void leavesOutAByteOrderMarkAndEmptyDocuments() throws IOException {
        assertThat(read("a.txt", "\uFEFFone\n<|endoftext|>\n<|endoftext|>\n\n<|endoftext|>\ntwo"))
                .containsExactly("one", "two");
    }

    @Test
    void readsObjectsLineByLine() throws IOException {
        assertThat(read("a.JSONL", "{\"text\": \"one\\ntwo\", \"id\": 3}\n\n{\"text\": \"\"}\r\n{\"text\":\"three\"}"))
                .containsExactly("one\ntwo", "three");
    }

    @Test
    void readsLinesLongerThanItsBuffer() throws IOException {
        String line = "word ".repeat(50_000) + "ü";
        assertThat(read("a.txt", line + "\n" + line)).containsExactly(line + "\n" + line);
    }

    @Test
    void namesTheLineOfABadObject() throws IOException {
        var broken = file("a.jsonl", "{\"text\": \"one\"}\n{\"text\": \n".getBytes(StandardCharsets.UTF_8));
        assertRefused(broken, broken + ", line 2: this is not JSON, as column 9 shows; write an object on each line");
        var wrong = file("b.jsonl", "{\"text\": 3}\n".getBytes(StandardCharsets.UTF_8));
        assertRefused(wrong, wrong + ", line 1: \"text\" is a number, not a string");
    }

    @Test
    void namesTheLineAndByteThatAreNotUtf8() throws IOException {
        var latin = file("latin.txt", "one\nna\u00efve\n".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(latin, latin + ", line 2: byte 3 of the line, 0xef, is not UTF-8; save the file as UTF-8");
        var wide = file("wide.txt", "one\n".getBytes(StandardCharsets.UTF_16));
        assertRefused(wide, wide + ", line 1: the text is in UTF-16, not UTF-8; save the file as UTF-8");
        var bare = file("bare.txt", "one\n".getBytes(StandardCharsets.UTF_16LE));
        assertRefused(
                bare,
                bare + ", line 1: there is a zero byte, so the file is not text in UTF-8; save the file as UTF-8");
        var very = file("very.txt", "\uFEFFone\n".getBytes(Charset.forName("UTF-32LE")));
        assertRefused(very, very + ", line 1: the text is in UTF-32, not UTF-8; save the file as UTF-8");
    }

    @Test
    void acceptsAReplacementCharacterThatIsWritten() throws IOException {
        assertThat(read("a.txt", "one \uFFFD two")).containsExactly("one \uFFFD two");
    }

    @Test
    void refusesAFileWithoutText() throws IOException {
        var empty = file("empty.txt", new byte[0]);
        assertRefused(empty, empty + ": there is no text in this file; give one with text to learn from");
        var missing = folder.resolve("missing.txt");
        assertRefused(missing, missing + ": there is no such file; check its name and permissions");
        assertRefused(folder, folder + " is a folder: give a file of text");
    }
}
