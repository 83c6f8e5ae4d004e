package dev.proxytune.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Choose among the GGUF files of a repository by their names, as llama.cpp's {@code -hf} does.
 *
 * <p>One difference: a quantization must not begin in the middle of a word. {@code F16} does not mean {@code BF16}.
 */
final class GgufNames {
    static final String SUFFIX = ".gguf";

    /** What is taken without a quantization, the first that there is. */
    static final List<String> DEFAULTS = List.of("Q4_K_M", "Q8_0");

    private static final List<String> NO_MODELS = List.of("mmproj", "imatrix", "mtp-", "eagle3-", "dflash-", "dspark-");
    private static final Pattern SPLIT = Pattern.compile("(?i)(.+)-([0-9]{5})(-of-)([0-9]{5})");
    private static final Pattern TAG = Pattern.compile("(?i)[-.]([0-9_]*[A-Z][A-Z0-9_]*)$");

    private GgufNames() {}

    /**
     * Hold what a file's name says. A number that is none of a split model, such as 00002-of-00001, belongs to the name.
     *
     * @param prefix the path without suffix and number
     * @param index number of the part, from 1
     * @param count number of parts, 1 for a file that is not split
     * @param separator what stands between the two numbers; empty if the name has none
     */
    record Parts(String prefix, int index, int count, String separator) {

        static Parts of(String path) {
            String stem = path.substring(0, path.length() - SUFFIX.length());
            Matcher split = SPLIT.matcher(stem);
            if (split.matches()) {
                int index = Integer.parseInt(split.group(2));
                int count = Integer.parseInt(split.group(4));
                if (index >= 1 && index <= count) {
                    return new Parts(split.group(1), index, count, split.group(3));
                }
            }
            return new Parts(stem, 1, 1, "");
        }

        /** Return the path of a part. */
        String path(int number) {
            return separator.isEmpty()
                    ? prefix + SUFFIX
                    : String.format(Locale.ROOT, "%s-%05d%s%05d%s", prefix, number, separator, count, SUFFIX);
        }
    }

    static boolean isModel(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return path.endsWith(SUFFIX) && NO_MODELS.stream().noneMatch(name::contains);
    }

    /** Return what the name says about how weights are stored, in upper case. */
    static Optional<String> quantization(String path) {
        Matcher tag = TAG.matcher(Parts.of(path).prefix());
        return tag.find() ? Optional.of(tag.group(1).toUpperCase(Locale.ROOT)) : Optional.empty();
    }

    /** Return the model that a reference means, the first part if it is split. */
    static Optional<String> choose(Collection<String> paths, Optional<String> quantization) {
        List<String> models = paths.stream()
                .filter(GgufNames::isModel)
                .filter(path -> Parts.of(path).index() == 1)
                .toList();
        for (String wanted : quantization.map(List::of).orElse(DEFAULTS)) {
            Pattern pattern =
                    Pattern.compile("(?<![A-Za-z0-9])" + Pattern.quote(wanted) + "[.-]", Pattern.CASE_INSENSITIVE);
            Optional<String> found =
                    models.stream().filter(path -> pattern.matcher(path).find()).findFirst();
            if (found.isPresent()) {
                return found;
            }
        }
        return quantization.isPresent() ? Optional.empty() : models.stream().findFirst();
    }

    /** Return the paths of all parts of a model. */
    static List<String> all(String path) {
        Parts parts = Parts.of(path);
        List<String> all = new ArrayList<>();
        for (int i = 1; i <= parts.count(); i++) {
            all.add(parts.path(i));
        }
        return all;
    }
}
