package dev.proxytune.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.IVersionProvider;

/** Tell the version, which the build writes into a resource. */
final class VersionText implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {"proxytune " + version()};
    }

    static String version() {
        try (InputStream resource = VersionText.class.getResourceAsStream("version.txt")) {
            if (resource == null) {
                throw new IllegalStateException("The build left out version.txt");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
