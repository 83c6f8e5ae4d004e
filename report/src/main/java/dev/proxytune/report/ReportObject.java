package dev.proxytune.report;

import dev.proxytune.eval.GapClosed;
import dev.proxytune.eval.Interval;
import dev.proxytune.eval.Measure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Say what is known of a task as JSON has it. */
final class ReportObject {
    private ReportObject() {}

    static Map<String, @Nullable Object> of(TaskReport task, ReportOptions options) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("measure", task.measure());
        Map<String, Object> systems = new LinkedHashMap<>();
        task.systems().forEach((role, file) -> systems.put(name(role), system(file)));
        object.put("systems", systems);
        object.put("tests", task.tests().stream().map(PairedTest::object).toList());
        OptionalDouble gap = task.gapClosed();
        object.put("gap_closed", gap.isPresent() ? gap.getAsDouble() : null);
        object.put(
                "gap_closed_ci95",
                task.gap().flatMap(GapClosed::ci95).map(ReportObject::ends).orElse(null));
        if (!task.sweep().isEmpty()) {
            object.put(
                    "alpha_sweep",
                    task.sweep().stream().map(ReportObject::system).toList());
        }
        task.system(SystemRole.PROXY)
                .flatMap(SystemFile::tokens)
                .ifPresent(tokens -> object.put("tokens", tokens(tokens, options)));
        return object;
    }

    /** Keys are words without dashes. */
    private static String name(SystemRole role) {
        return role == SystemRole.PROXY ? "proxy" : role.label();
    }

    private static Map<String, @Nullable Object> system(SystemFile file) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("file", file.file().toString());
        object.put("alpha", file.alpha().isPresent() ? file.alpha().getAsDouble() : null);
        Measure headline = file.score().headline();
        object.put("value", number(headline.value()));
        object.put("n", headline.n());
        Map<String, @Nullable Object> score = file.score().object();
        score.keySet().stream().filter(key -> !key.equals("n")).forEach(key -> object.put(key, score.get(key)));
        object.put("rows", score.get("n"));
        return object;
    }

    private static Map<String, @Nullable Object> tokens(TokenStatistics tokens, ReportOptions options) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        PositionBins positions = tokens.positions();
        object.put("answers", tokens.answers());
        object.put("n", positions.n());
        object.put("changed", (double) positions.changed() / positions.n());
        object.put(
                "by_position", positions.bins().stream().map(ReportObject::bin).toList());
        object.put(
                "most_moved",
                tokens.moved(options.least(), options.most()).stream()
                        .map(ReportObject::moved)
                        .toList());
        Map<String, @Nullable Object> equations = new LinkedHashMap<>();
        equations.put("left", moments(tokens.left()));
        equations.put("right", moments(tokens.right()));
        WelchTest.of(tokens.left(), tokens.right()).ifPresent(test -> {
            equations.put("t", number(test.t()));
            equations.put("df", number(test.freedom()));
            equations.put("p", number(test.p()));
        });
        object.put("equations", equations);
        return object;
    }

    private static Map<String, @Nullable Object> bin(PositionBins.Bin bin) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("from", bin.from());
        object.put("to", bin.to());
        object.put("changed", bin.changed());
        object.put("n", bin.n());
        return object;
    }

    private static Map<String, @Nullable Object> moved(TokenStatistics.Moved moved) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("token", moved.token());
        object.putAll(moments(moved.delta()));
        return object;
    }

    private static Map<String, @Nullable Object> moments(Moments moments) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("mean", number(moments.mean()));
        object.put("ci95", moments.ci95().map(ReportObject::ends).orElse(null));
        object.put("n", moments.n());
        return object;
    }

    static List<Double> ends(Interval interval) {
        return List.of(interval.low(), interval.high());
    }

    private static @Nullable Double number(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
