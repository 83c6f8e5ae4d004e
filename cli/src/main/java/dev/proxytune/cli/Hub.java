package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import dev.proxytune.hub.HubSettings;
import dev.proxytune.hub.LocalModel;
import dev.proxytune.hub.ModelHub;
import dev.proxytune.hub.ModelReference;
import dev.proxytune.hub.PullListener;
import java.nio.file.Path;
import java.util.function.BiFunction;

/** Use the hub from a command: with the command's environment, progress on standard error, and Ctrl-C to stop. */
final class Hub {
    private final Console console;
    private final ModelHub models;

    Hub(Console console) {
        this.console = console;
        Path home =
                console.variable("HOME").map(Path::of).orElseGet(() -> Path.of(System.getProperty("user.home", ".")));
        this.models = new ModelHub(HubSettings.of(console::variable, home));
    }

    ModelHub models() {
        return models;
    }

    /** Find a model in the cache, and fetch it if it is not there. */
    LocalModel locate(ModelReference reference) {
        return watched((listener, cancellation) -> models.locate(reference, listener, cancellation));
    }

    /**
     * Do something that may take time.
     *
     * @throws dev.proxytune.CancelledException if Ctrl-C ended it
     */
    <T> T watched(BiFunction<PullListener, Cancellation, T> work) {
        var cancellation = new Cancellation();
        var progress = new PullProgressPrinter(
                console, console.terminals().err() && !models.settings().isWithoutBars());
        try (var _ = Interrupts.handle(cancellation::cancel)) {
            return work.apply(progress, cancellation);
        } catch (CancelledException e) {
            progress.onNotice("what is fetched so far is kept; the same command goes on from there");
            throw e;
        } finally {
            progress.end();
        }
    }
}
