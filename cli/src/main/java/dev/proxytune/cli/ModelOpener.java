package dev.proxytune.cli;

import dev.proxytune.ExpertPair;
import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.remote.RemoteModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Load the models of a plan and put them together. */
final class ModelOpener {
    private final ModelLoader loader;
    private final Function<Role, ModelOptions> options;
    private final List<LanguageModel> opened = new ArrayList<>();

    private ModelOpener(ModelLoader loader, Function<Role, ModelOptions> options) {
        this.loader = loader;
        this.options = options;
    }

    /**
     * Return the target alone, or the proxy-tuned model of all parts; closing it closes them.
     *
     * @throws dev.proxytune.ProxyTuneException if a part cannot be loaded or does not fit the others
     */
    static LanguageModel open(ModelPlan plan, ModelLoader loader, Function<Role, ModelOptions> options) {
        var opener = new ModelOpener(loader, options);
        try {
            return opener.open(plan);
        } catch (RuntimeException | Error e) {
            opener.opened.forEach(LanguageModel::close);
            throw e;
        }
    }

    private LanguageModel open(ModelPlan plan) {
        LanguageModel target =
                plan.server().map(server -> connect(server, plan.target())).orElseGet(() -> open(plan.target()));
        if (plan.pairs().isEmpty()) {
            return target;
        }
        List<ExpertPair> pairs = new ArrayList<>();
        for (ModelPlan.Pair pair : plan.pairs()) {
            Optional<LanguageModel> expert = pair.expert().map(this::open);
            Optional<LanguageModel> antiExpert = pair.antiExpert().map(this::open);
            pairs.add(new ExpertPair(expert, antiExpert));
        }
        return ProxyTunedModel.of(target, pairs);
    }

    private LanguageModel connect(ModelPlan.Server server, ModelPlan.Part vocabulary) {
        LanguageModel tokenizer = TokenizerFile.open(vocabulary.file(), loader);
        LanguageModel model = RemoteModel.connect(server.address(), server.options(), tokenizer);
        opened.add(model);
        return model;
    }

    private LanguageModel open(ModelPlan.Part part) {
        LanguageModel model = loader.load(part.file(), part.adapter(), options.apply(part.role()));
        opened.add(model);
        return model;
    }
}
