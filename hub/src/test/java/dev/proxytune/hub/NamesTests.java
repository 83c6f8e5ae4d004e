package dev.proxytune.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTests {

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "owner/repo, owner/repo, main, -, -",
                "owner/repo:q8_0, owner/repo, main, Q8_0, -",
                "o.w-n_er/Re.po-GGUF:UD-Q4_K_XL, o.w-n_er/Re.po-GGUF, main, UD-Q4_K_XL, -",
                "owner/repo/file.gguf, owner/repo, main, -, file.gguf",
                "owner/repo/a/b c.gguf, owner/repo, main, -, a/b c.gguf",
                "owner/repo@v1.0:F16, owner/repo, v1.0, F16, -",
                "owner/repo@v1.0/file.gguf, owner/repo, v1.0, -, file.gguf",
                "owner/repo@refs/pr/1, owner/repo, refs/pr/1, -, -",
            })
    void readsReferences(String text, String repository, String revision, String quantization, String file) {
        var reference = ModelReference.parse(text);
        assertThat(reference)
                .isEqualTo(new ModelReference(
                        repository, revision, Optional.ofNullable(quantization), Optional.ofNullable(file)));
        assertThat(ModelReference.parse(reference.toString())).isEqualTo(reference);
        assertThat(ModelReference.isLike(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "repo",
                "/owner/repo",
                "./owner/repo",
                "../repo",
                "owner//repo",
                "owner/repo:",
                "owner/repo:Q4 0",
                "owner/repo/file.bin",
                "owner/repo/../x.gguf",
                "owner/repo/",
                "owner/re--po",
                "owner/.repo",
                "own er/repo",
                "owner/repo:Q4/x",
                "owner/repo@",
                "owner/repo@../x",
                "owner\\repo",
                "http://owner/repo",
                "owner/repo/a\\b.gguf",
                "~/models/x.gguf"
            })
    void refusesWhatIsNoReference(String text) {
        assertThatThrownBy(() -> ModelReference.parse(text))
                .satisfies(e -> assertThat(e).isInstanceOfAny(IllegalArgumentException.class, HubException.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"models/target.gguf", "target.gguf", "/a/b.gguf", "./a/b", "a"})
    void takesPathsForPaths(String text) {
        assertThat(ModelReference.isLike(text)).isFalse();
    }

    @Test
    void choosesAsLlamaDoes() {
        List<String> all = List.of(
                "mmproj-Q4_K_M.gguf", "m-BF16.gguf", "m-F16.gguf", "m-Q8_0.gguf", "m.q4_k_m.gguf", "imatrix.gguf");
        assertThat(GgufNames.choose(all, Optional.empty())).contains("m.q4_k_m.gguf");
        assertThat(GgufNames.choose(all, Optional.of("F16"))).contains("m-F16.gguf");
        assertThat(GgufNames.choose(all, Optional.of("q8_0"))).contains("m-Q8_0.gguf");
        assertThat(GgufNames.choose(all, Optional.of("Q5_0"))).isEmpty();
        assertThat(GgufNames.choose(List.of("m-F16.gguf", "m-Q8_0.gguf"), Optional.empty()))
                .contains("m-Q8_0.gguf");
        assertThat(GgufNames.choose(List.of("only.gguf", "mmproj.gguf"), Optional.empty()))
                .contains("only.gguf");
        assertThat(GgufNames.choose(List.of("mmproj.gguf"), Optional.empty())).isEmpty();
        assertThat(GgufNames.choose(
                        List.of("q/m-Q4_K_M-00002-of-00002.gguf", "q/m-Q4_K_M-00001-of-00002.gguf"), Optional.empty()))
                .contains("q/m-Q4_K_M-00001-of-00002.gguf");
    }

    @ParameterizedTest
    @CsvSource({
        "m-Q4_K_M.gguf, Q4_K_M",
        "a.b/m.q8_0.gguf, Q8_0",
        "m-q6_K-00001-of-00003.gguf, Q6_K",
        "m-UD-IQ2_XXS.gguf, IQ2_XXS"
    })
    void readsTheQuantizationFromTheName(String path, String quantization) {
        assertThat(GgufNames.quantization(path)).contains(quantization);
    }

    @Test
    void namesAllPartsOfASplitModel() {
        assertThat(GgufNames.all("m-00002-of-00003.gguf"))
                .containsExactly("m-00001-of-00003.gguf", "m-00002-of-00003.gguf", "m-00003-of-00003.gguf");
        assertThat(GgufNames.all("m.gguf")).containsExactly("m.gguf");
        assertThat(GgufNames.all("m-00004-of-00003.gguf")).containsExactly("m-00004-of-00003.gguf");
    }
}
