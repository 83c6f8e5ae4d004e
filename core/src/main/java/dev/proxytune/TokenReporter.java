package dev.proxytune;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Describe chosen tokens as a {@link Report} asks. Not thread-safe. */
final class TokenReporter {
    private static final View NOTHING = new View(OptionalDouble.empty(), List.of());

    private final Report report;
    private final Vocabulary vocabulary;
    private final Kernels kernels = new Kernels();
    private final Largest largest = new Largest();

    TokenReporter(Report report, Vocabulary vocabulary) {
        this.report = report;
        this.vocabulary = vocabulary;
    }

    /** What one row says. */
    private record View(OptionalDouble logprob, List<TokenLogprob> candidates) {}

    GeneratedToken describe(int id, byte[] bytes, Row row) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (report.kind() == Report.Kind.NONE) {
            return new GeneratedToken(id, text, OptionalDouble.empty(), List.of(), Optional.empty(), row.truncation());
        }
        View view = view(row, id);
        Optional<TokenTrace> trace =
                report.kind() == Report.Kind.TRACE ? Optional.of(trace(id, row, view)) : Optional.empty();
        return new GeneratedToken(id, text, view.logprob(), view.candidates(), trace, row.truncation());
    }

    private TokenTrace trace(int id, Row row, View view) {
        double logprob = view.logprob().orElseThrow();
        if (!(row instanceof CombinedRow combined)) {
            return new TokenTrace(logprob, view.candidates(), List.of(), kernels.argmax(row), 0);
        }
        View target = view(combined.target(), id);
        double targetLogprob = target.logprob().orElseThrow();
        List<TokenTrace.PairTrace> pairs = new ArrayList<>();
        for (int pair = 0; pair < combined.pairs(); pair++) {
            View expert = view(combined.expert(pair).orElse(null), id);
            View antiExpert = view(combined.antiExpert(pair).orElse(null), id);
            pairs.add(new TokenTrace.PairTrace(
                    expert.logprob(), antiExpert.logprob(), expert.candidates(), antiExpert.candidates()));
        }
        double delta = Math.exp(logprob) - Math.exp(targetLogprob);
        return new TokenTrace(targetLogprob, target.candidates(), pairs, kernels.argmax(combined.target()), delta);
    }

    private View view(@Nullable Row row, int id) {
        if (row == null) {
            return NOTHING;
        }
        double sum = kernels.logSumExp(row, row.size());
        OptionalDouble logprob = id < row.size() ? OptionalDouble.of(logprob(row, id, sum)) : OptionalDouble.empty();
        if (report.candidates() == 0) {
            return new View(logprob, List.of());
        }
        // An expert may have ids that the answer's vocabulary does not know.
        largest.find(row, Math.min(row.size(), vocabulary.size()), report.candidates());
        List<TokenLogprob> candidates = new ArrayList<>(largest.size());
        for (int place = 0; place < largest.size(); place++) {
            candidates.add(new TokenLogprob(largest.id(place), logprob(row, largest.id(place), sum)));
        }
        return new View(logprob, candidates);
    }

    private static double logprob(Row row, int id, double sum) {
        return Math.min(0, row.logit(id) - sum);
    }
}
