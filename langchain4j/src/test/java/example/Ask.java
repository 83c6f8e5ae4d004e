package example;

import dev.proxytune.ProxyTunedModel;
import dev.proxytune.langchain4j.ProxyTuningChatModel;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;

public final class Ask {

    public static void main(String[] args) {
        Path models = Path.of(args[0]);
        var options = ModelOptions.DEFAULT.withThreads(1); // for small models; the default takes all cores
        try (var model = ProxyTunedModel.of(
                        LlamaModel.load(models.resolve("target.gguf"), options),
                        LlamaModel.load(models.resolve("expert.gguf"), options),
                        LlamaModel.load(models.resolve("anti-expert.gguf"), options));
                var chat = ProxyTuningChatModel.builder().model(model).alpha(1).build()) {
            System.out.println(chat.chat("What is the Turkish name of Serbian Dinar?"));
        }
    }
}
