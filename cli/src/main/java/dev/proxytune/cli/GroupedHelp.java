package dev.proxytune.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** List a command's options under the names of the mixins that declare them. */
final class GroupedHelp implements IHelpSectionRenderer {

    @Override
    public String render(Help help) {
        var text = new StringBuilder();
        List<OptionSpec> rest = new ArrayList<>(help.commandSpec().options());
        for (var mixin : help.commandSpec().mixins().entrySet()) {
            CommandSpec declared = mixin.getValue();
            List<OptionSpec> options = rest.stream()
                    .filter(option -> declared.findOption(option.longestName()) != null)
                    .toList();
            rest.removeAll(options);
            append(text, mixin.getKey(), options, help);
        }
        append(text, "Options", rest, help);
        return text.toString();
    }

    private static void append(StringBuilder text, String heading, List<OptionSpec> options, Help help) {
        if (!options.isEmpty()) {
            text.append('\n').append(heading).append(":\n").append(help.optionListExcludingGroups(options));
        }
    }
}
