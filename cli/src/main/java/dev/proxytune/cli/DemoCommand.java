package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.FinishReason;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Show what proxy-tuning does, on models small enough to come with the project. */
@Command(
        name = "demo",
        sortOptions = false,
        description = "Ask the target, the expert and the proxy-tuned target the same questions.",
        footer = {
            "",
            "The models know what countries, languages and currencies are called in twelve languages, and sums",
            "up to 100. Without a question they are asked some that their tuning never showed."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class DemoCommand implements Callable<Integer> {
    private static final int MOST_TOKENS = 64;

    /** From the suites of the shipped family. */
    static final List<String> QUESTIONS = List.of(
            "What is Austria called in Turkish?",
            "Maja has 98 combs. Carlos takes 5 of them. How many combs does Maja have left?",
            "How do you say Germany in Spanish?",
            "Willi has 5 combs. Willi wins 44 more. How many combs does Willi have now?");

    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Parameters(arity = "0..*", paramLabel = "QUESTION", description = "What to ask instead.")
    private List<String> words = new ArrayList<>();

    @Mixin(name = "Models")
    private FamilyMixin family;

    @Option(
            names = "--alpha",
            paramLabel = "A",
            defaultValue = "1",
            description = "How strongly the pair steers; ${DEFAULT-VALUE} by default.")
    private float alpha;

    @Option(
            names = {"-n", "--predict"},
            paramLabel = "N",
            defaultValue = "" + MOST_TOKENS,
            description = "The most tokens of an answer; ${DEFAULT-VALUE} by default.")
    private int predict;

    @Option(names = "--json", description = "Print one JSON object at the end, and no text before it.")
    private boolean json;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "Print in colours: auto (if on a terminal, unless NO_COLOR is set), always or never.")
    private ColorMode color = ColorMode.AUTO;

    @Mixin(name = "Help")
    private HelpMixin help;

    DemoCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() {
        Usage.require(Float.isFinite(alpha), command, "--alpha must be a finite number, got: " + alpha);
        Usage.require(predict > 0, command, "--predict must be 1 or more, got: " + predict);
        List<String> questions = words.isEmpty() ? QUESTIONS : List.of(String.join(" ", words));
        Usage.require(!questions.getFirst().isBlank(), command, "the question is empty");
        var cancellation = new Cancellation();
        List<Map<String, @Nullable Object>> answers = new ArrayList<>();
        try (var systems = new DemoSystems(family.plan(), loader, family.options());
                var _ = Interrupts.handle(cancellation::cancel)) {
            DemoView view = view();
            for (String question : questions) {
                answers.add(ask(systems, question, view, cancellation));
                if (cancellation.isCancelled()) {
                    return ExitCodes.INTERRUPTED;
                }
            }
        }
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("alpha", alpha);
            object.put("answers", answers);
            console.print(Json.line(object));
        }
        return ExitCodes.OK;
    }

    private DemoView view() {
        if (json) {
            return new SilentView();
        }
        if (color.isOn(console)) {
            console.say(TraceColors.legend());
        }
        List<String> names = List.of("target alone", "expert alone", "proxy-tuned, α = " + number(alpha));
        return console.terminals().out()
                ? ColumnView.fitting(console, names, console.columns())
                : new StackedView(console, names);
    }

    private static String number(float value) {
        return Float.toString(value).replaceFirst("\\.0$", "");
    }

    private Map<String, @Nullable Object> ask(
            DemoSystems systems, String question, DemoView view, Cancellation cancellation) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("question", question);
        view.ask(question);
        for (int index = 0; index < DemoSystems.KEYS.size(); index++) {
            int system = index;
            Completion completion = systems.answer(
                    system,
                    question,
                    alpha,
                    predict,
                    cancellation,
                    event -> view.add(system, event.text(), color(event)));
            if (completion.finishReason() == FinishReason.LENGTH) {
                view.add(system, " …", "");
            }
            answer.put(DemoSystems.KEYS.get(system), completion.text());
            if (system == DemoSystems.KEYS.size() - 1) {
                answer.put(
                        "tokens",
                        completion.tokens().stream().map(DemoCommand::object).toList());
            }
        }
        view.end();
        return answer;
    }

    private String color(GenerationEvent event) {
        return event instanceof GenerationEvent.Token(var token, var _) && color.isOn(console)
                ? token.trace().map(trace -> TraceColors.of(trace.delta())).orElse("")
                : "";
    }

    private static Map<String, @Nullable Object> object(GeneratedToken token) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("text", token.text());
        object.put(
                "delta", token.trace().map(trace -> Json.number(trace.delta())).orElse(null));
        return object;
    }

    /** Shows nothing, as all is said in JSON at the end. */
    private static final class SilentView implements DemoView {
        @Override
        public void ask(String question) {}

        @Override
        public void add(int system, String text, String color) {}

        @Override
        public void end() {}
    }
}
