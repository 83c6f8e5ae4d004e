package dev.proxytune.remote;

import java.util.stream.IntStream;
import tools.jackson.core.JsonParser;

/** Read the answer of {@code /tokenize}, which has the field {@code tokens} on all servers that know it. */
final class TokenList {
    private TokenList() {}

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
