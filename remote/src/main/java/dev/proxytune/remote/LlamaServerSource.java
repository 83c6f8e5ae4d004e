package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import dev.proxytune.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JsonParser;

/** Ask llama.cpp's server, by {@code POST /completion} with {@code n_probs}. */
final class LlamaServerSource implements RowSource {
    /*
     * Implementation note. The server tells probabilities only of tokens that it generates. So to get the rows along a
     * draft it is made to generate the draft: by a grammar of token ids, which acts on what is drawn and not on what is
     * told. It returns the ids it has drawn, which must be the draft's; what does not keep to the draft is asked for row
     * by row from then on. Its cache makes the next request start where this one differs from it.
     */
    private static final int MOST_ENTRIES = 1 << 18;
    private static final int MOST_ROWS = 64;

    private final RemoteHttp http;
    private final int top;
    private final Vocabulary vocabulary;
    private volatile boolean drafts = true;

    LlamaServerSource(RemoteHttp http, int top, Vocabulary vocabulary) {
        this.http = http;
        this.top = top;
        this.vocabulary = vocabulary;
    }

    @Override
    public void fetch(RowQuery query, Cancellation cancellation) {
        int most = drafts ? Math.clamp(MOST_ENTRIES / top, 1, MOST_ROWS) : 1;
        List<Consumer<Cancellation>> runs = new ArrayList<>();
        for (List<RowQuery.Wanted> run : query.runs(most, vocabulary::isEndOfGeneration)) {
            runs.add(own -> fetchRun(query.tokens(), run, own));
        }
        RemoteHttp.runAll(runs, cancellation);
    }

    private void fetchRun(Tokens tokens, List<RowQuery.Wanted> run, Cancellation cancellation) {
        int done = 0;
        try {
            done = fetch(tokens, run, top, cancellation);
        } catch (StatusException e) {
            if (run.size() == 1 || !e.isRefusal()) {
                throw e;
            }
            // It may know no such grammars.
        }
        for (RowQuery.Wanted wanted : run.subList(done, run.size())) {
            drafts = false;
            fetch(tokens, List.of(wanted), top, cancellation);
        }
    }

    @Override
    public void widen(RowQuery query, RowQuery.Wanted wanted, int[] ids, Cancellation cancellation) {
        // The server tells nothing by id, but any number of the likeliest.
        RowSource.widen(
                top,
                vocabulary.size(),
                wanted,
                ids,
                wider -> fetch(query.tokens(), List.of(wanted), wider, cancellation));
    }

    /** Fetch the rows of a run from its first on, and return how many came. */
    private int fetch(Tokens tokens, List<RowQuery.Wanted> run, int count, Cancellation cancellation) {
        int first = run.getFirst().length();
        byte[] body = Json.object(json -> {
            Json.writeIds(json, "prompt", tokens.first(first));
            json.writeNumberProperty("n_predict", run.size());
            json.writeNumberProperty("n_probs", count);
            json.writeNumberProperty("temperature", 0);
            json.writeBooleanProperty("cache_prompt", true);
            json.writeBooleanProperty("return_tokens", true);
            json.writeBooleanProperty("stream", false);
            if (run.size() > 1) {
                json.writeStringProperty("grammar", grammar(tokens, first, run.size()));
            }
            json.writeArrayPropertyStart("response_fields");
            json.writeString("completion_probabilities");
            json.writeString("tokens");
            json.writeEndArray();
        });
        return http.post("/completion", body, json -> new Answer(tokens, run).read(json), cancellation);
    }

    /** Return a grammar of the draft and one token more, which any token can be. */
    private static String grammar(Tokens tokens, int first, int rows) {
        var text = new StringBuilder("root ::=");
        for (int i = 0; i < rows; i++) {
            text.append(" <[")
                    .append(tokens.get(i == rows - 1 ? first : first + i))
                    .append("]>");
        }
        return text.toString();
    }

    @Override
    public boolean canContinue() {
        return true;
    }

    @Override
    public int[] tokenize(String text) {
        return TokenList.ask(http, Optional.empty(), text);
    }

    /** Read the rows of one answer. */
    private static final class Answer {
        private final Tokens tokens;
        private final List<RowQuery.Wanted> run;
        private int rows;
        private boolean strays;

        private Answer(Tokens tokens, List<RowQuery.Wanted> run) {
            this.tokens = tokens;
            this.run = run;
        }

        /** Return how many rows there are along the draft. */
        private int read(JsonParser json) {
            Json.object(json, name -> {
                if (!name.equals("completion_probabilities")) {
                    return false;
                }
                Json.array(json, () -> readRow(json));
                return true;
            });
            if (rows == 0) {
                throw new MalformedAnswerException(
                        "it has no rows of probabilities; is the server llama.cpp's, of 2026 or later?");
            }
            return rows;
        }

        private void readRow(JsonParser json) {
            if (strays || rows == run.size()) {
                json.skipChildren();
                return;
            }
            RemoteRow row = run.get(rows).row();
            row.clear();
            long[] drawn = {-1};
            float[] logprob = {Float.NaN};
            Json.object(json, name -> {
                switch (name) {
                    case "id" -> drawn[0] = Json.whole(json);
                    case "logprob" -> logprob[0] = Json.number(json);
                    case "top_logprobs" -> Json.array(json, () -> readEntry(json, row));
                    default -> {
                        return false;
                    }
                }
                return true;
            });
            if (drawn[0] >= 0 && !Float.isNaN(logprob[0])) {
                row.addNamed(drawn[0], logprob[0]);
            }
            row.finish();
            rows++;
            strays = rows < run.size() && drawn[0] != tokens.get(run.get(rows).length() - 1);
        }

        private static void readEntry(JsonParser json, RemoteRow row) {
            long[] id = {-1};
            float[] logprob = {Float.NaN};
            Json.object(json, name -> {
                switch (name) {
                    case "id" -> id[0] = Json.whole(json);
                    case "logprob" -> logprob[0] = Json.number(json);
                    default -> {
                        return false;
                    }
                }
                return true;
            });
            row.addTop(id[0], logprob[0]);
        }
    }
}
