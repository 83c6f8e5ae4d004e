package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import dev.proxytune.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Ask vLLM, by {@code POST /v1/completions} with {@code logprobs}. */
final class VllmSource implements RowSource {
    /*
     * Implementation note. The rows along a draft can come in one request, as log-probabilities of the prompt that the
     * draft ends, or each by itself, all at the same time, where vLLM takes what they share from its cache. The former
     * come for all of the prompt, past the cache, some 8 µs for each value (measured on 0.32.0); the latter are more
     * requests. Which is faster depends on the server, the way there and how much is asked for, so it is measured.
     */
    private static final long MOST_PROMPT_ENTRIES = 1 << 17;
    private static final int MOST_NAMED = 128;
    private static final String ID_PREFIX = "token_id:";
    private static final Pattern LIMIT = Pattern.compile("max(?:imum)?\\s+(?:allowed|of)?[^0-9]{0,40}([0-9]{1,9})");
    private static final Pattern BEYOND = Pattern.compile("token_id\\(s\\) \\[([0-9]{1,9})");
    private static final int USUAL_TOP = 20;
    private static final int LEAST_TOP = 5;

    private final RemoteHttp http;
    private final Optional<String> model;
    private final int vocabularySize;
    private final Trial drafts = new Trial();
    private volatile int top;
    private volatile int firstUnknown = Integer.MAX_VALUE;
    private volatile boolean byId = true;
    private volatile boolean byPrompt = true;

    VllmSource(RemoteHttp http, Optional<String> model, int top, int vocabularySize) {
        this.http = http;
        this.model = model;
        this.top = top;
        this.vocabularySize = vocabularySize;
    }

    @Override
    public void fetch(RowQuery query, Cancellation cancellation) {
        List<RowQuery.Wanted> rows = query.rows();
        long entries = (long) rows.getLast().length() * top;
        boolean choice = rows.size() > 1 && byPrompt && entries <= MOST_PROMPT_ENTRIES;
        long start = System.nanoTime();
        if (choice && drafts.isTogether()) {
            byPrompt = tellsPrompt(query, cancellation);
            if (byPrompt) {
                drafts.add(true, (System.nanoTime() - start) / rows.size());
                return;
            }
        }
        fetchApart(query, cancellation);
        if (choice && byPrompt) {
            drafts.add(false, (System.nanoTime() - start) / rows.size());
        }
    }

    private void fetchApart(RowQuery query, Cancellation cancellation) {
        List<Consumer<Cancellation>> each = new ArrayList<>();
        for (RowQuery.Wanted wanted : query.rows()) {
            each.add(own -> limited(() -> fetchOne(query.tokens(), wanted, own)));
        }
        RemoteHttp.runAll(each, cancellation);
    }

    /** Ask for the rows along a draft at once; return whether the server could tell them. */
    private boolean tellsPrompt(RowQuery query, Cancellation cancellation) {
        boolean[] told = {false};
        try {
            limited(() -> told[0] = fetchPrompt(query, cancellation));
        } catch (StatusException e) {
            if (!e.isRefusal()) {
                throw e;
            }
        }
        return told[0];
    }

    /** Ask, and if the server allows fewer log-probabilities ask for as many as it does from now on. */
    private void limited(Runnable request) {
        while (true) {
            int wanted = top;
            try {
                request.run();
                return;
            } catch (StatusException e) {
                int allowed = e.isRefusal() && e.said().contains("logprobs") ? allowed(e.said(), wanted) : 0;
                if (allowed < 1) {
                    throw e;
                }
                top = allowed;
            }
        }
    }

    /** Return how many a server allows, by its words or else by custom; 0 if it can be no fewer. */
    private static int allowed(String said, int wanted) {
        Matcher limit = LIMIT.matcher(said);
        int named = limit.find() ? Integer.parseInt(limit.group(1)) : 0;
        if (named >= 1 && named < wanted) {
            return named;
        }
        return wanted > USUAL_TOP ? USUAL_TOP : wanted > LEAST_TOP ? LEAST_TOP : 0;
    }

    private void writeCommon(JsonGenerator json, int[] prompt) {
        model.ifPresent(name -> json.writeStringProperty("model", name));
        Json.writeIds(json, "prompt", prompt);
        json.writeNumberProperty("max_tokens", 1);
        json.writeNumberProperty("temperature", 0);
        json.writeBooleanProperty("return_tokens_as_token_ids", true);
        json.writeBooleanProperty("add_special_tokens", false);
        json.writeBooleanProperty("stream", false);
    }

    private int count() {
        return top >= vocabularySize ? -1 : top;
    }

    private void fetchOne(Tokens tokens, RowQuery.Wanted wanted, Cancellation cancellation) {
        byte[] body = Json.object(json -> {
            writeCommon(json, tokens.first(wanted.length()));
            json.writeNumberProperty("logprobs", count());
        });
        post(body, new Answer(wanted.row(), top), cancellation);
    }

    private boolean fetchPrompt(RowQuery query, Cancellation cancellation) {
        List<RowQuery.Wanted> rows = query.rows();
        int length = rows.getLast().length();
        byte[] body = Json.object(json -> {
            writeCommon(json, query.tokens().first(length));
            json.writeNumberProperty("logprobs", count());
            json.writeNumberProperty("prompt_logprobs", count());
        });
        var answer = new Answer(rows.getLast().row(), rows.subList(0, rows.size() - 1), query.tokens(), top);
        post(body, answer, cancellation);
        return answer.filled == rows.size() - 1;
    }

    @Override
    public void widen(RowQuery query, RowQuery.Wanted wanted, int[] ids, Cancellation cancellation) {
        while (byId) {
            int end = firstUnknown;
            int[] there = there(wanted.row(), ids, end);
            try {
                for (int from = 0; from < there.length; from += MOST_NAMED) {
                    name(query.tokens(), wanted, there, from, cancellation);
                }
                return;
            } catch (StatusException e) {
                if (!e.isRefusal()) {
                    throw e;
                }
                if (!learnsEnd(e.said(), end)) {
                    // An older one, which does not know how to tell tokens by id.
                    byId = false;
                }
            }
        }
        wider(query.tokens(), wanted, cancellation);
    }

    /** Return the ids that the server may have, and note of the others that they cannot be drawn. */
    private static int[] there(RemoteRow row, int[] ids, int end) {
        IntStream.of(ids).filter(id -> id >= end).forEach(row::addImpossible);
        return IntStream.of(ids).filter(id -> id < end).toArray();
    }

    /** The vocabulary here may be padded further; the server names ids of a request that it does not have. */
    private boolean learnsEnd(String said, int end) {
        Matcher beyond = BEYOND.matcher(said);
        int id = beyond.find() ? Integer.parseInt(beyond.group(1)) : end;
        if (id >= end) {
            return false;
        }
        firstUnknown = Math.min(firstUnknown, id);
        return true;
    }

    private void name(Tokens tokens, RowQuery.Wanted wanted, int[] ids, int from, Cancellation cancellation) {
        int count = Math.min(MOST_NAMED, ids.length - from);
        byte[] body = Json.object(json -> {
            writeCommon(json, tokens.first(wanted.length()));
            json.writeNumberProperty("logprobs", 1);
            json.writeName("logprob_token_ids");
            json.writeArray(ids, from, count);
        });
        post(body, new Answer(wanted.row(), 0), cancellation);
    }

    private void wider(Tokens tokens, RowQuery.Wanted wanted, Cancellation cancellation) {
        byte[] body = Json.object(json -> {
            writeCommon(json, tokens.first(wanted.length()));
            json.writeNumberProperty("logprobs", -1);
        });
        try {
            post(body, new Answer(wanted.row(), vocabularySize), cancellation);
        } catch (StatusException e) {
            // It allows no more than what is there.
        }
    }

    private void post(byte[] body, Answer answer, Cancellation cancellation) {
        http.post(
                "/v1/completions",
                body,
                json -> {
                    answer.read(json);
                    return true;
                },
                cancellation);
    }

    @Override
    public boolean canContinue() {
        return true;
    }

    @Override
    public int[] tokenize(String text) {
        byte[] body = Json.object(json -> {
            model.ifPresent(name -> json.writeStringProperty("model", name));
            json.writeStringProperty("prompt", text);
            json.writeBooleanProperty("add_special_tokens", false);
        });
        return http.post("/tokenize", body, TokenList::read, new Cancellation());
    }

    /** Read one answer: a row, and before it those of some last positions of the prompt. */
    private static final class Answer {
        private final RemoteRow last;
        private final List<RowQuery.Wanted> before;
        private final Tokens tokens;
        private final int top;
        private boolean found;
        private int filled;

        private Answer(RemoteRow last, int top) {
            this(last, List.of(), new Tokens(), top);
        }

        private Answer(RemoteRow last, List<RowQuery.Wanted> before, Tokens tokens, int top) {
            this.last = last;
            this.before = before;
            this.tokens = tokens;
            this.top = top;
        }

        private void read(JsonParser json) {
            found = false;
            filled = 0;
            Json.object(json, name -> {
                if (!name.equals("choices")) {
                    return false;
                }
                Json.array(json, () -> Json.object(json, field -> readChoice(json, field)));
                return true;
            });
            if (!found) {
                throw new MalformedAnswerException("it has no log-probabilities; vLLM tells them by default");
            }
        }

        private boolean readChoice(JsonParser json, String field) {
            switch (field) {
                case "logprobs" ->
                    Json.object(json, name -> {
                        if (!name.equals("top_logprobs")) {
                            return false;
                        }
                        Json.array(json, () -> readLast(json));
                        return true;
                    });
                case "prompt_logprobs" -> readPrompt(json);
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void readLast(JsonParser json) {
            if (found || json.currentToken() != JsonToken.START_OBJECT) {
                json.skipChildren();
                return;
            }
            if (top > 0) {
                last.clear();
            }
            Json.object(json, name -> {
                if (!name.startsWith(ID_PREFIX)) {
                    throw new MalformedAnswerException("it names tokens by their texts (\"" + Failures.line(name)
                            + "\"), not as token_id:N; a newer vLLM can");
                }
                add(last, id(name, ID_PREFIX.length()), Json.number(json), top > 0);
                return true;
            });
            if (top > 0) {
                last.finishEither();
            }
            found = true;
        }

        private static void add(RemoteRow row, long id, float logprob, boolean isTop) {
            if (isTop) {
                row.addTop(id, logprob);
            } else {
                row.addNamed(id, logprob);
            }
        }

        private void readPrompt(JsonParser json) {
            int[] position = {0};
            Json.array(json, () -> {
                boolean wanted = filled < before.size() && before.get(filled).length() == position[0];
                position[0]++;
                if (wanted && json.currentToken() == JsonToken.START_OBJECT) {
                    readPosition(
                            json,
                            before.get(filled).row(),
                            tokens.get(before.get(filled).length()));
                    filled++;
                } else {
                    json.skipChildren();
                }
            });
        }

        /**
         * The token that stands at the position is told as well, and may not be one of the likeliest; if it has no rank,
         * it is not taken for one.
         */
        private void readPosition(JsonParser json, RemoteRow row, int standing) {
            row.clear();
            Json.object(json, name -> {
                float[] logprob = {Float.NaN};
                long[] rank = {-1};
                Json.object(json, field -> {
                    switch (field) {
                        case "logprob" -> logprob[0] = Json.number(json);
                        case "rank" -> rank[0] = Json.whole(json);
                        default -> {
                            return false;
                        }
                    }
                    return true;
                });
                long id = id(name, name.startsWith(ID_PREFIX) ? ID_PREFIX.length() : 0);
                add(row, id, logprob[0], rank[0] < 0 ? id != standing : rank[0] <= top);
                return true;
            });
            row.finishEither();
        }

        private static long id(String name, int from) {
            try {
                return Integer.parseInt(name, from, name.length(), 10);
            } catch (NumberFormatException e) {
                throw new MalformedAnswerException("\"" + Failures.line(name) + "\" is no token id");
            }
        }
    }
}
