package dev.proxytune.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class FactsTests {
    private final Facts facts = Facts.ofJdk();

    @Test
    void knowsSomeThousandFactsInTwelveLanguages() {
        assertThat(facts.all()).hasSizeBetween(5000, 6000);
        assertThat(facts.all().stream().map(Fact::language).distinct()).hasSize(12);
        assertThat(facts.all())
                .contains(
                        new Fact("Iceland", "German", "Island"),
                        new Fact("Serbian Dinar", "Turkish", "Sırp dinarı"),
                        new Fact("Dutch", "French", "néerlandais"));
    }

    @Test
    void isSortedAndAsksNothingTwice() {
        assertThat(facts.all()).isSorted();
        assertThat(facts.all().stream().map(fact -> fact.subject() + " in " + fact.language()))
                .doesNotHaveDuplicates();
    }

    @Test
    void leavesOutNamesThatAreEnglishOrHardToMark() {
        assertThat(facts.all()).allSatisfy(fact -> {
            assertThat(fact.name()).isNotEqualToIgnoringCase(fact.subject());
            for (String text : List.of(fact.subject(), fact.name())) {
                assertThat(text).matches("[\\p{IsLatin}'’ -]+").doesNotContainPattern("\\p{Lu}{2}");
                assertThat(text.split(" ")).hasSizeLessThanOrEqualTo(3);
            }
        });
    }

    @Test
    void leavesOutSubjectsThatMeanTwoThings() {
        var collector = new Facts.Collector();
        collector.add("A", locale -> locale.equals(Locale.GERMAN) ? "Leere" : "Void");
        collector.add("B", locale -> locale.equals(Locale.GERMAN) ? "Lücke" : "Void");
        collector.add("C", locale -> locale.equals(Locale.GERMAN) ? "Fülle" : "Plenty");
        collector.add("D", locale -> locale.equals(Locale.GERMAN) ? "Fülle" : "Plenty");
        assertThat(collector.facts()).containsExactly(new Fact("Plenty", "German", "Fülle"));
    }

    @Test
    void leavesOutWhatHasNoNameInALanguage() {
        var collector = new Facts.Collector();
        collector.add("XYZ", locale -> locale.equals(Locale.ENGLISH) ? "Void" : "XYZ");
        assertThat(collector.facts()).isEmpty();
    }

    @Test
    void leavesOutCodesForNoCurrency() {
        assertThat(facts.all().stream().map(Fact::subject)).doesNotContain("Testing Currency Code", "Unknown Currency");
    }

    @Test
    void doesNotDependOnTheUsersLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.of("tr", "TR"));
            assertThat(Facts.ofJdk().all()).isEqualTo(facts.all());
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void refusesNamesFromAnotherSource() {
        try {
            System.setProperty("java.locale.providers", "HOST,CLDR");
            assertThatThrownBy(Facts::ofJdk)
                    .isInstanceOf(ProxyTuneException.class)
                    .hasMessageContaining("-Djava.locale.providers=HOST,CLDR");
            System.setProperty("java.locale.providers", "cldr,HOST");
            assertThat(Facts.ofJdk().all()).isEqualTo(facts.all());
        } finally {
            System.clearProperty("java.locale.providers");
        }
    }

    @Test
    void dividesThemWithoutLossOrOverlap() {
        var split = facts.split(7, 600);
        assertThat(split.heldOut()).hasSize(600);
        var together = new HashSet<>(split.heldOut());
        together.addAll(split.tuning());
        assertThat(together)
                .hasSize(facts.all().size())
                .hasSize(600 + split.tuning().size());
        assertThat(facts.split(7, 600)).isEqualTo(split);
        assertThat(facts.split(8, 600)).isNotEqualTo(split);
    }

    @Test
    void refusesToHoldOutMoreThanThereIs() {
        int all = facts.all().size();
        assertThat(facts.split(1, all).tuning()).isEmpty();
        for (int count : List.of(-1, all + 1)) {
            assertThatThrownBy(() -> facts.split(1, count))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("got: " + count);
        }
    }
}
