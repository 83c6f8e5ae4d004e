package dev.proxytune;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Describe chosen tokens as a {@link Report} asks. Not thread-safe. */
final class TokenReporter {
    private final Report report;
    private final Vocabulary vocabulary;
    private final Kernels kernels = new Kernels();

    TokenReporter(Report report, Vocabulary vocabulary) {
        this.report = report;
        this.vocabulary = vocabulary;
    }

    GeneratedToken describe(int id, byte[] bytes, Row row) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (report == Report.NONE) {
            return new GeneratedToken(id, text, OptionalDouble.empty(), Optional.empty());
        }
        double logprob = logprob(row, id, vocabulary.size());
        Optional<TokenTrace> trace = report == Report.TRACE ? Optional.of(trace(id, row, logprob)) : Optional.empty();
        return new GeneratedToken(id, text, OptionalDouble.of(logprob), trace);
    }

    private TokenTrace trace(int id, Row row, double logprob) {
        if (!(row instanceof CombinedRow combined)) {
            return new TokenTrace(logprob, List.of(), kernels.argmax(row), 0);
        }
        Row target = combined.target();
        double targetLogprob = logprob(target, id, target.size());
        List<TokenTrace.PairTrace> pairs = new ArrayList<>();
        for (int pair = 0; pair < combined.pairs(); pair++) {
            pairs.add(new TokenTrace.PairTrace(
                    logprob(combined.expert(pair).orElse(null), id),
                    logprob(combined.antiExpert(pair).orElse(null), id)));
        }
        double delta = Math.exp(logprob) - Math.exp(targetLogprob);
        return new TokenTrace(targetLogprob, pairs, kernels.argmax(target), delta);
    }

    private OptionalDouble logprob(@Nullable Row row, int id) {
        return row == null || id >= row.size()
                ? OptionalDouble.empty()
                : OptionalDouble.of(logprob(row, id, row.size()));
    }

    private double logprob(Row row, int id, int size) {
        return Math.min(0, row.logit(id) - kernels.logSumExp(row, size));
    }
}
