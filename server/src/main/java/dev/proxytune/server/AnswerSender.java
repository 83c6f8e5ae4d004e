package dev.proxytune.server;

import dev.proxytune.CapacityException;
import dev.proxytune.ConstraintException;
import dev.proxytune.FinishReason;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.openai.AnswerFormat;
import dev.proxytune.openai.AnswerFormat.Part;
import dev.proxytune.openai.AnswerProgress;
import dev.proxytune.openai.AnswerRequest;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import dev.proxytune.openai.Json;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sends the answers to one request, at once or as they are made. Not thread-safe. */
final class AnswerSender {
    private static final Logger LOGGER = System.getLogger(AnswerSender.class.getName());
    private static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);

    private final Answers answers;
    private final AnswerRequest request;
    private final AnswerFormat format;
    private final AnswerProgress progress;
    private final Pulse pulse;

    AnswerSender(
            Answers answers, AnswerRequest request, AnswerFormat format, AnswerProgress progress, Duration heartbeat) {
        this.answers = answers;
        this.request = request;
        this.format = format;
        this.progress = progress;
        this.pulse = new Pulse(heartbeat);
    }

    /** Wait for all answers and send them as one body. */
    void sendWhole(ServerResponse response) {
        List<List<Part>> parts = new ArrayList<>();
        for (int i = 0; i < answers.count(); i++) {
            parts.add(new ArrayList<>());
        }
        boolean doubted = false;
        while (!progress.isOver()) {
            switch (answers.next(pulse.patience()).orElse(null)) {
                case Signal.Progress step -> parts.get(step.choice()).add(progress.add(step.choice(), step.event()));
                case Signal.Done done -> {
                    refuseCancelled(done.completion().finishReason());
                    progress.end(done.completion());
                }
                case Signal.Failed failed -> throw new ApiException(error(failed.cause()));
                case Signal.Gone _ -> throw new CloseConnectionException("The client has gone");
                case Signal.Doubt _ -> {
                    doubted = true;
                    doubt();
                }
                case null -> {}
            }
            if (doubted && pulse.beats()) {
                Connections.current().ifPresent(inbox -> inbox.outbox().sayContinue());
            }
        }
        List<Part> whole = parts.stream().map(Part::join).toList();
        Replies.send(response, 200, format.whole(whole, progress.usage()));
    }

    /** Find out whether the client has gone: writing to it fails soon if it has. */
    private void doubt() {
        if (Connections.current().map(Inbox::outbox).map(Outbox::hasContinue).orElse(false)) {
            pulse.quicken();
        } else {
            answers.cancel();
        }
    }

    private static void refuseCancelled(FinishReason reason) {
        if (reason == FinishReason.CANCELLED) {
            throw ApiError.unavailable("The answer was ended before it was complete");
        }
    }

    /** Send what is made as server-sent events. */
    void stream(ServerResponse response) {
        Replies.stream(response);
        try (OutputStream out = response.outputStream()) {
            if (format.hasOpening()) {
                for (int choice = 0; choice < answers.count(); choice++) {
                    out.write(event(format.opening(choice)));
                }
                out.flush();
            }
            if (sendParts(out)) {
                if (request.usage()) {
                    out.write(event(format.usage(progress.usage())));
                }
                out.write(DONE);
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Return whether all answers were sent to their ends. */
    private boolean sendParts(OutputStream out) throws IOException {
        while (!progress.isOver()) {
            Optional<Signal> signal = answers.nextNow();
            if (signal.isEmpty()) {
                out.flush();
                signal = answers.next(pulse.patience());
            }
            switch (signal.orElse(null)) {
                case Signal.Progress step -> send(progress.add(step.choice(), step.event()), out);
                case Signal.Done done -> progress.end(done.completion());
                case Signal.Failed failed -> {
                    out.write(event(error(failed.cause()).body()));
                    return false;
                }
                case Signal.Gone _ -> throw new CloseConnectionException("The client has gone");
                case Signal.Doubt _ -> {
                    pulse.quicken();
                    out.write(HEARTBEAT);
                }
                case null -> {
                    pulse.beats();
                    out.write(HEARTBEAT);
                }
            }
        }
        return true;
    }

    private void send(Part part, OutputStream out) throws IOException {
        if (part.end().equals(Optional.of(FinishReason.CANCELLED))) {
            out.write(event(ApiError.unavailable("The answer was ended before it was complete")
                    .error()
                    .body()));
            return;
        }
        boolean told = (request.logprobs() || request.trace()) && !part.tokens().isEmpty();
        if (!part.text().isEmpty() || told || part.end().isPresent()) {
            out.write(event(format.chunk(part)));
        }
    }

    private static byte[] event(Object value) {
        return ("data: " + Json.text(value) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Return what a client is told about a failed answer. */
    static ApiError error(Throwable cause) {
        return switch (cause) {
            case ApiException refused -> refused.error();
            case CapacityException _, ConstraintException _ ->
                ApiError.badRequest(String.valueOf(cause.getMessage())).error();
            case ProxyTuneException _ -> {
                LOGGER.log(Level.ERROR, "An answer failed", cause);
                yield ApiError.internal(String.valueOf(cause.getMessage()));
            }
            default -> {
                LOGGER.log(Level.ERROR, "An answer failed", cause);
                yield ApiError.internal("Something went wrong here; the server's log says what");
            }
        };
    }
}
