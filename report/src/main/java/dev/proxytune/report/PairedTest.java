package dev.proxytune.report;

import dev.proxytune.eval.Pairing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tell how one system differs from another on the same questions.
 *
 * @param system which one is asked about
 * @param against which one it is compared with
 */
record PairedTest(SystemFile system, SystemFile against, Pairing.Difference difference) {

    Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("system", system.role().label());
        object.put("against", against.role().label());
        object.put("difference", difference.value());
        object.put("ci95", List.of(difference.ci95().low(), difference.ci95().high()));
        object.put("p", difference.p());
        object.put("test", difference.test());
        return object;
    }

    String name() {
        return system.role().label() + " against " + against.role().label();
    }

    String test() {
        return difference.test().equals("mcnemar") ? "McNemar, exact" : "paired bootstrap";
    }
}
