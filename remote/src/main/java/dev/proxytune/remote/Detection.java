package dev.proxytune.remote;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import tools.jackson.core.JsonParser;

/**
 * Find out what a server is: all kinds list their models at {@code /v1/models}, and most say whose they are. Others are
 * told by what only one kind has.
 */
final class Detection {
    /** Beyond any vocabulary and any context. */
    private static final long LARGEST = 1 << 24;

    private Detection() {}

    /** One model of the list. */
    private record Listed(String id, String owner, OptionalInt vocabularySize, OptionalInt contextLength) {}

    /** What a server tells of a model beyond the list, llama.cpp's at {@code /props}. */
    private record Props(
            OptionalInt vocabularySize,
            OptionalInt contextLength,
            OptionalInt mostRows,
            Optional<String> chatTemplate) {}

    static ServerFacts detect(RemoteHttp http, RemoteOptions options) {
        List<Listed> models = models(http, options);
        Optional<Listed> chosen = chosen(http, models, options);
        Protocol protocol = options.protocol().orElseGet(() -> protocol(http, chosen));
        Optional<String> name = options.model().or(() -> chosen.map(Listed::id));
        if ((protocol == Protocol.OPENAI || protocol == Protocol.PROXYTUNE) && name.isEmpty()) {
            throw new RemoteException(http.address() + " names no model: give --remote-model, and --remote if it is no"
                    + " chat API; check the address too");
        }
        if (protocol == Protocol.OPENAI && options.model().isEmpty() && models.size() > 1) {
            throw new RemoteException(
                    http.address() + " has several models, " + some(models) + ": choose one by --remote-model");
        }
        OptionalInt listedSize = chosen.map(Listed::vocabularySize).orElse(OptionalInt.empty());
        OptionalInt listedLength = chosen.map(Listed::contextLength).orElse(OptionalInt.empty());
        Props props = switch (protocol) {
            case LLAMA_SERVER -> props(http, listedSize);
            case PROXYTUNE -> rows(http, name.orElseThrow());
            case VLLM -> new Props(listedSize, less(listedLength), OptionalInt.empty(), Optional.empty());
            case OPENAI -> new Props(listedSize, listedLength, OptionalInt.empty(), Optional.empty());
        };
        return new ServerFacts(
                protocol, name, props.vocabularySize(), props.contextLength(), props.mostRows(), props.chatTemplate());
    }

    private static List<Listed> models(RemoteHttp http, RemoteOptions options) {
        try {
            return http.get("/v1/models", Detection::readModels);
        } catch (StatusException e) {
            if (e.isMissing() || (options.protocol().isPresent() && !e.isOfKeys())) {
                // What it is may be known without.
                return List.of();
            }
            throw e;
        }
    }

    private static Optional<Listed> chosen(RemoteHttp http, List<Listed> models, RemoteOptions options) {
        if (options.model().isEmpty()) {
            return models.stream().findFirst();
        }
        String wanted = options.model().get();
        Optional<Listed> found =
                models.stream().filter(model -> model.id().equals(wanted)).findFirst();
        if (found.isEmpty() && !models.isEmpty()) {
            throw new RemoteException(http.address() + " has no model " + wanted + ", only " + some(models));
        }
        return found;
    }

    private static String some(List<Listed> models) {
        String first = models.stream().limit(5).map(Listed::id).collect(Collectors.joining(", "));
        return models.size() > 5 ? first + " and " + (models.size() - 5) + " more" : first;
    }

    private static Protocol protocol(RemoteHttp http, Optional<Listed> model) {
        return switch (model.map(Listed::owner).orElse("").toLowerCase(Locale.ROOT)) {
            case "vllm" -> Protocol.VLLM;
            case "llamacpp" -> Protocol.LLAMA_SERVER;
            case "proxytune" -> Protocol.PROXYTUNE;
            default -> probed(http);
        };
    }

    /** A server behind another may be listed as anybody's. */
    private static Protocol probed(RemoteHttp http) {
        if (http.probe("/props", json -> has(json, "default_generation_settings"))
                .orElse(false)) {
            return Protocol.LLAMA_SERVER;
        }
        return http.probe("/version", json -> has(json, "version")).orElse(false) ? Protocol.VLLM : Protocol.OPENAI;
    }

    private static boolean has(JsonParser json, String wanted) {
        boolean[] found = {false};
        Json.object(json, name -> {
            found[0] |= name.equals(wanted);
            return false;
        });
        return found[0];
    }

    private static List<Listed> readModels(JsonParser json) {
        List<Listed> models = new ArrayList<>();
        Json.object(json, name -> {
            if (!name.equals("data")) {
                return false;
            }
            Json.array(json, () -> models.add(readModel(json)));
            return true;
        });
        return models;
    }

    private static Listed readModel(JsonParser json) {
        String[] texts = {"", ""};
        long[] numbers = {-1, -1};
        Json.object(json, name -> {
            switch (name) {
                case "id" -> texts[0] = Json.text(json).orElse("");
                case "owned_by" -> texts[1] = Json.text(json).orElse("");
                case "max_model_len" -> numbers[1] = Json.whole(json);
                case "meta" ->
                    Json.object(json, field -> {
                        if (field.equals("n_vocab")) {
                            numbers[0] = Json.whole(json);
                            return true;
                        }
                        return false;
                    });
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new Listed(texts[0], texts[1], positive(numbers[0]), positive(numbers[1]));
    }

    private static OptionalInt positive(long value) {
        return value > 0 ? OptionalInt.of((int) value) : OptionalInt.empty();
    }

    /** vLLM keeps one place of the context for the token that it must draw itself. */
    private static OptionalInt less(OptionalInt length) {
        return length.isPresent() ? OptionalInt.of(Math.max(1, length.getAsInt() - 1)) : length;
    }

    private static Props props(RemoteHttp http, OptionalInt vocabularySize) {
        try {
            return http.get("/props", json -> readProps(json, vocabularySize));
        } catch (StatusException e) {
            return new Props(vocabularySize, OptionalInt.empty(), OptionalInt.empty(), Optional.empty());
        }
    }

    private static Props readProps(JsonParser json, OptionalInt vocabularySize) {
        long[] length = {-1};
        List<String> template = new ArrayList<>();
        Json.object(json, name -> {
            switch (name) {
                case "default_generation_settings" ->
                    Json.object(json, field -> {
                        if (field.equals("n_ctx")) {
                            length[0] = Json.whole(json);
                            return true;
                        }
                        return false;
                    });
                case "chat_template" ->
                    Json.text(json).filter(text -> !text.isBlank()).ifPresent(template::add);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new Props(
                vocabularySize,
                positive(length[0]),
                OptionalInt.empty(),
                template.stream().findFirst());
    }

    /** Ask our own server what rows it shares. */
    private static Props rows(RemoteHttp http, String model) {
        String path = ProxytuneSource.PATH + "?model=" + URLEncoder.encode(model, StandardCharsets.UTF_8);
        try {
            return http.get(path, Detection::readRows);
        } catch (StatusException e) {
            if (e.status() != 404) {
                throw e;
            }
            throw new RemoteException(
                    http.address() + " shares no rows of " + model
                            + (e.said().isEmpty() ? "" : ": " + e.said())
                            + "; --remote openai asks it for first tokens alone",
                    e);
        }
    }

    private static Props readRows(JsonParser json) {
        long[] numbers = {-1, -1, -1, -1};
        List<String> template = new ArrayList<>();
        Json.object(json, name -> {
            switch (name) {
                case "version" -> numbers[0] = Json.whole(json);
                case "vocabulary" -> numbers[1] = Json.whole(json);
                case "context" -> numbers[2] = Json.whole(json);
                case "max_rows" -> numbers[3] = Json.whole(json);
                case "chat_template" ->
                    Json.text(json).filter(text -> !text.isBlank()).ifPresent(template::add);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (numbers[0] != ProxytuneSource.VERSION) {
            throw new MalformedAnswerException("version " + numbers[0] + " of the protocol for rows; version "
                    + ProxytuneSource.VERSION + " is known here");
        }
        for (int i = 1; i < numbers.length; i++) {
            if (numbers[i] < 1 || numbers[i] > LARGEST) {
                throw new MalformedAnswerException("no sizes of vocabulary, context and requests");
            }
        }
        return new Props(
                positive(numbers[1]),
                positive(numbers[2]),
                positive(numbers[3]),
                template.stream().findFirst());
    }
}
