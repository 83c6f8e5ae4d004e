package dev.proxytune.cli;

import java.util.List;

/** Run the command line. */
public final class Main {

    private Main() {}

    /** Run a command and end the process with its {@link ExitCodes exit code}. */
    public static void main(String[] args) {
        System.exit(run(Console.system(), new LlamaLoader(), args));
    }

    /** Run a command and return its {@link ExitCodes exit code}. */
    static int run(Console console, ModelLoader loader, String... args) {
        var defaults = new EnvironmentDefaults(console);
        var errors = new Errors(console, defaults);
        try {
            int code = Commands.create(console, loader, errors, defaults).execute(args);
            console.check();
            return code;
        } catch (RuntimeException | Error e) {
            // picocli hands on errors, such as a full heap, and what goes wrong in its own help.
            return errors.handle(e, List.of(args).contains(HelpMixin.VERBOSE));
        }
    }
}
