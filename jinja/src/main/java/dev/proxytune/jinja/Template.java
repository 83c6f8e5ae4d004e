package dev.proxytune.jinja;

import java.time.Clock;
import java.time.ZoneId;
import java.util.List;

/** A template that was read. Immutable, and safe for use by several threads. */
public final class Template {
    /** The limits on nesting fit half of a usual thread's stack. */
    private static final String SMALL_STACK = "the template nests too deeply for the stack of this thread";

    private final Source source;
    private final List<Stmt> statements;

    private Template(Source source, List<Stmt> statements) {
        this.source = source;
        this.statements = statements;
    }

    /**
     * Read a template within the usual limits.
     *
     * @throws TemplateException if it is malformed or exceeds a limit
     */
    public static Template parse(String source) {
        return parse(source, Limits.DEFAULT);
    }

    /**
     * Read a template.
     *
     * @throws TemplateException if it is malformed or exceeds a limit
     */
    public static Template parse(String source, Limits limits) {
        if (source.length() > limits.source()) {
            throw new TemplateException(
                    "the template has " + source.length() + " characters; the limit is " + limits.source(), 1, 1);
        }
        Source text = Source.of(source);
        try {
            return new Template(text, Parser.parse(text, limits));
        } catch (StackOverflowError _) {
            throw text.failure(SMALL_STACK, 0);
        }
    }

    /**
     * Render the template within the usual limits, with the clock of this machine.
     *
     * @throws TemplateException if the template fails on its input, refuses it, or reaches a limit
     */
    public Rendering render(Variables variables) {
        return render(variables, Limits.DEFAULT, Clock.system(ZoneId.systemDefault()));
    }

    /**
     * Render the template.
     *
     * @param clock what {@code strftime_now} reads
     * @throws TemplateException if the template fails on its input, refuses it, or reaches a limit
     * @throws IllegalArgumentException if a variable is more than data
     */
    public Rendering render(Variables variables, Limits limits, Clock clock) {
        var budget = new Budget(limits);
        Scope globals = Scope.outermost();
        Globals.all(budget, clock).forEach(globals::set);
        var interpreter = new Interpreter(budget, globals.inner());
        try {
            variables.set(budget, globals);
            Text text = interpreter.run(statements);
            return new Rendering(text.string(), text.pieces());
        } catch (Fault e) {
            throw source.failure(e.reason(), interpreter.at());
        } catch (StackOverflowError _) {
            throw source.failure(SMALL_STACK, interpreter.at());
        }
    }
}
