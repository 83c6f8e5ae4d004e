package dev.proxytune.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Hold named trios: those that come with the project, the user's own from {@code ~/.config/proxytune/trios.*json}, and those of
 * one more file or address. A later trio replaces an earlier one of the same name. Immutable.
 */
public final class TrioCatalogue {
    private static final String OWN = "trios.json";
    private static final Pattern USERS = Pattern.compile("trios\\.(.+\\.)?(?i:json|json5|jsonc)");
    private static final int LONGEST = 1 << 20;

    /** What people who have seen other programs write instead. */
    private static final Pattern FOREIGN = Pattern.compile("trios\\.(?i:ya?ml|toml)");

    private final Map<String, Trio> trios;
    private final List<Path> ignored;

    private TrioCatalogue(Map<String, Trio> trios, List<Path> ignored) {
        this.trios = trios;
        this.ignored = List.copyOf(ignored);
    }

    /**
     * Read all catalogues.
     *
     * @param project the project's folder, which the trio that comes with it lies in; without it that trio is left out
     * @param more a file or a web address of one more catalogue
     * @throws HubException if one cannot be read; the message says where in it
     */
    public static TrioCatalogue load(ModelHub hub, Optional<Path> project, Optional<String> more) {
        HubSettings settings = hub.settings();
        List<Trio> all = new ArrayList<>(TrioFile.read(own(), "the catalogue of the project", project, settings));
        for (Path file : userFiles(settings.configuration(), USERS)) {
            all.addAll(readFile(file, settings));
        }
        more.ifPresent(place -> all.addAll(readPlace(place, hub)));
        Map<String, Trio> byName = new LinkedHashMap<>();
        all.forEach(trio -> byName.put(trio.name(), trio));
        return new TrioCatalogue(byName, userFiles(settings.configuration(), FOREIGN));
    }

    private static String own() {
        try (InputStream in = TrioCatalogue.class.getResourceAsStream(OWN)) {
            if (in == null) {
                throw new IllegalStateException("The jar has no " + OWN);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("The jar cannot be read", e);
        }
    }

    private static List<Path> userFiles(Path folder, Pattern names) {
        // Editors leave trios.json.bak, trios.json~ and the like beside the catalogue.
        return HubCache.list(folder).stream()
                .filter(file -> names.matcher(file.getFileName().toString()).matches())
                .filter(Files::isRegularFile)
                .toList();
    }

    private static List<Trio> readFile(Path file, HubSettings settings) {
        try {
            if (Files.size(file) > LONGEST) {
                throw new HubException(file + " is longer than " + LONGEST + " bytes; is it a catalogue?");
            }
            return TrioFile.read(
                    Files.readString(file),
                    file.toString(),
                    Optional.ofNullable(file.toAbsolutePath().getParent()),
                    settings);
        } catch (IOException e) {
            throw new HubException(
                    "The catalogue " + file + " cannot be read (" + Failures.reason(e)
                            + "); it must be there, readable, and UTF-8",
                    e);
        }
    }

    private static List<Trio> readPlace(String place, ModelHub hub) {
        if (!place.toLowerCase(Locale.ROOT).matches("(?s)https?://.*")) {
            return readFile(Path.of(hub.settings().expanded(place)), hub.settings());
        }
        try {
            return TrioFile.read(hub.readText(URI.create(place), LONGEST), place, Optional.empty(), hub.settings());
        } catch (IllegalArgumentException e) {
            throw new HubException("'" + place + "' is no web address of a catalogue", e);
        }
    }

    /** Return all trios, those of the project first. */
    public Collection<Trio> all() {
        return List.copyOf(trios.values());
    }

    /** Return the user's files that look like catalogues, but are in another format than JSON and so were not read. */
    public List<Path> ignored() {
        return ignored;
    }

    /**
     * Return the trio of this name.
     *
     * @throws HubException if there is none; the message names those that there are
     */
    public Trio get(String name) {
        Trio trio = trios.get(name);
        if (trio == null) {
            throw new HubException("There is no trio '" + name + "'; there are " + String.join(", ", trios.keySet()));
        }
        return trio;
    }
}
