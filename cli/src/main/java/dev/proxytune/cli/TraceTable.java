package dev.proxytune.cli;

import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationEvent;
import dev.proxytune.TokenTrace;
import dev.proxytune.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Print a line for each token, with tabs between what each role says about it. */
final class TraceTable implements AnswerPrinter {
    private final Console console;
    private final Vocabulary vocabulary;
    private final int pairs;

    TraceTable(Console console, Vocabulary vocabulary, int pairs) {
        this.console = console;
        this.vocabulary = vocabulary;
        this.pairs = pairs;
    }

    @Override
    public void begin(String prompt) {
        List<String> columns = new ArrayList<>(List.of("token", "delta", "logprob", "target_logprob"));
        for (int pair = 1; pair <= pairs; pair++) {
            String suffix = pairs == 1 ? "" : "_" + pair;
            columns.add("expert_logprob" + suffix);
            columns.add("anti_expert_logprob" + suffix);
        }
        columns.add("target_choice");
        print(columns);
    }

    @Override
    public void accept(GenerationEvent event) {
        if (event instanceof GenerationEvent.Token(var token, var _)) {
            token.trace().ifPresent(trace -> print(row(token, trace)));
        }
    }

    private List<String> row(GeneratedToken token, TokenTrace trace) {
        List<String> cells = new ArrayList<>();
        cells.add(Escapes.escape(token.text()));
        cells.add(number(OptionalDouble.of(trace.delta())));
        cells.add(number(token.logprob()));
        cells.add(number(OptionalDouble.of(trace.targetLogprob())));
        for (TokenTrace.PairTrace pair : trace.pairs()) {
            cells.add(number(pair.expertLogprob()));
            cells.add(number(pair.antiExpertLogprob()));
        }
        cells.add(Escapes.escape(TokenTexts.of(vocabulary, trace.targetChoice())));
        return cells;
    }

    private void print(List<String> cells) {
        console.print(String.join("\t", cells) + "\n");
    }

    private static String number(OptionalDouble value) {
        return value.isPresent() ? String.format(Locale.ROOT, "%.4f", value.getAsDouble()) : "";
    }
}
