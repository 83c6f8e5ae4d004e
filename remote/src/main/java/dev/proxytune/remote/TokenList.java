package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.core.JsonParser;

/** Ask {@code /tokenize}, whose answer has the field {@code tokens} on all servers that know it. */
final class TokenList {
    private TokenList() {}

    /** Ask llama.cpp's server or one that answers as it does, and name the model where there are several. */
    static int[] ask(RemoteHttp http, Optional<String> model, String text) {
        byte[] body = Json.object(json -> {
            model.ifPresent(name -> json.writeStringProperty("model", name));
            json.writeStringProperty("content", text);
            json.writeBooleanProperty("add_special", false);
            json.writeBooleanProperty("parse_special", false);
        });
        return http.post("/tokenize", body, TokenList::read, new Cancellation());
    }

    static int[] read(JsonParser json) {
        IntStream.Builder ids = IntStream.builder();
        boolean[] found = {false};
        Json.object(json, name -> {
            if (!name.equals("tokens")) {
                return false;
            }
            found[0] = true;
            Json.array(json, () -> ids.add((int) Json.whole(json)));
            return true;
        });
        if (!found[0]) {
            throw new MalformedAnswerException("it has no tokens");
        }
        return ids.build().toArray();
    }
}
