package dev.proxytune;

import java.util.Optional;

/** Find out why no token can be drawn from a row. */
final class RowFaults {
    private RowFaults() {}

    static InvalidLogitsException describe(Row row, Kernels kernels) {
        if (kernels.argmax(row) >= 0) {
            return new InvalidLogitsException(
                    "Logit bias and penalties leave no finite logit, so no token can be chosen; ban fewer tokens");
        }
        if (row instanceof CombinedRow combined) {
            if (kernels.argmax(combined.target()) < 0) {
                return of("target", combined.target());
            }
            for (int pair = 0; pair < combined.pairs(); pair++) {
                Optional<Row> expert = combined.expert(pair);
                if (expert.isPresent() && kernels.argmax(expert.get()) < 0) {
                    return of("expert", expert.get());
                }
                Optional<Row> antiExpert = combined.antiExpert(pair);
                if (antiExpert.isPresent() && kernels.argmax(antiExpert.get()) < 0) {
                    return of("anti-expert", antiExpert.get());
                }
            }
            return of("combined", row);
        }
        return of("model's", row);
    }

    private static InvalidLogitsException of(String role, Row row) {
        String found = "no finite value";
        for (int id = 0; id < row.size(); id++) {
            float logit = row.logit(id);
            if (Float.isNaN(logit) || logit == Float.POSITIVE_INFINITY) {
                found = logit + " for token id " + id;
                break;
            }
        }
        return new InvalidLogitsException("The " + role + " logits hold " + found
                + ", so no token can be chosen; the model file may be damaged, or alpha too large");
    }
}
