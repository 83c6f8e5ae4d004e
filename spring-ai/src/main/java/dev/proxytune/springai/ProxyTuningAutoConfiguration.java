package dev.proxytune.springai;

import dev.proxytune.ExpertPair;
import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Steering;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelOptions;
import io.micrometer.observation.ObservationRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Configure a {@link ProxyTuningChatModel}: over the GGUF files that the properties name, or over a {@link LanguageModel}
 * that the application defines itself. A bean of the type {@link PromptFormats} says how conversations are read, if there
 * is one. The context closes what it opened.
 */
@AutoConfiguration
@EnableConfigurationProperties(ProxyTuningProperties.class)
@ConditionalOnProperty(name = "spring.ai.model.chat", havingValue = "proxytune", matchIfMissing = true)
public final class ProxyTuningAutoConfiguration {

    @Bean(destroyMethod = "close")
    @ConditionalOnProperty("proxytune.target")
    @ConditionalOnMissingBean
    LanguageModel proxyTuningLanguageModel(ProxyTuningProperties properties) {
        return new Files(properties).load();
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnBean(LanguageModel.class)
    @ConditionalOnMissingBean
    ProxyTuningChatModel proxyTuningChatModel(
            LanguageModel model,
            ProxyTuningProperties properties,
            ObjectProvider<PromptFormats> formats,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<ChatModelObservationConvention> convention) {
        var builder = ProxyTuningChatModel.builder()
                .model(model)
                .formats(formats.getIfAvailable(() -> formats(model, properties)))
                .modelName(properties.modelName())
                .steering(Steering.of(properties.alpha()))
                .sequences(properties.sequences())
                .contextLength(properties.contextLength())
                .options(properties.options().chatOptions())
                .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP));
        convention.ifAvailable(builder::observationConvention);
        return builder.build();
    }

    private static PromptFormats formats(LanguageModel model, ProxyTuningProperties properties) {
        return PromptFormats.of(
                model,
                FormatChoice.parse(properties.format()),
                choice(properties.expertFormat()),
                choice(properties.antiExpertFormat()));
    }

    private static List<FormatChoice> choice(@Nullable String text) {
        return text == null ? List.of() : List.of(FormatChoice.parse(text));
    }

    /** Loads the files; if one cannot be loaded, the others are closed. */
    private static final class Files {
        private final ProxyTuningProperties properties;
        private final ModelOptions options;
        private final List<LanguageModel> loaded = new ArrayList<>();

        Files(ProxyTuningProperties properties) {
            this.properties = properties;
            this.options =
                    ModelOptions.DEFAULT.withThreads(properties.threads()).withGpuLayers(properties.gpuLayers());
        }

        LanguageModel load() {
            try {
                LanguageModel target = load(properties.targetFile());
                Optional<LanguageModel> expert = properties.expertFile().map(this::load);
                Optional<LanguageModel> antiExpert = properties.antiExpertFile().map(this::load);
                return expert.isEmpty() && antiExpert.isEmpty()
                        ? target
                        : ProxyTunedModel.of(target, List.of(new ExpertPair(expert, antiExpert)));
            } catch (RuntimeException | Error e) {
                loaded.forEach(LanguageModel::close);
                throw e;
            }
        }

        private LanguageModel load(Path file) {
            LanguageModel model = LlamaModel.load(file, options);
            loaded.add(model);
            return model;
        }
    }
}
