package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.FinishReason;
import dev.proxytune.GenerationEvent;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Prompt;
import dev.proxytune.Report;
import dev.proxytune.TokenTrace;
import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** Asks models and shows their answers. */
final class ChatSession {
    /**
     * Hold what came of a question.
     *
     * @param text the answer as it was shown
     * @param interrupted whether Ctrl-C ended it
     */
    private record Reply(String text, Completion completion, boolean interrupted) {}

    /** Carries Ctrl-C from its thread to the answer that runs. */
    private static final class Stop {
        private volatile boolean wanted;
        private volatile boolean begun;
        private volatile Cancellation cancellation = new Cancellation();

        void want() {
            wanted = true;
            // A decode that is broken off costs what the context holds; that of one token is soon over.
            if (!begun) {
                cancellation.cancel();
            }
        }

        Cancellation next() {
            begun = false;
            cancellation = new Cancellation();
            pass();
            return cancellation;
        }

        void begin() {
            begun = true;
            pass();
        }

        private void pass() {
            if (wanted) {
                cancellation.cancel();
            }
        }
    }

    private final Console console;
    private final ChatModels models;
    private final Transcript transcript;
    private final boolean colored;
    private final boolean verbose;
    private final boolean forgets;
    private ChatSettings settings;
    private int turn = -1;

    /**
     * Begin.
     *
     * @param colored whether colours are welcome
     * @param verbose whether to tell how long answers took
     * @param forgets whether models no longer read the oldest turns once the context is full
     */
    ChatSession(
            Console console,
            ChatModels models,
            Transcript transcript,
            ChatSettings settings,
            boolean colored,
            boolean verbose,
            boolean forgets) {
        this.console = console;
        this.models = models;
        this.transcript = transcript;
        this.settings = settings;
        this.colored = colored;
        this.verbose = verbose;
        this.forgets = forgets;
    }

    Transcript transcript() {
        return transcript;
    }

    ChatSettings settings() {
        return settings;
    }

    void set(ChatSettings value) {
        settings = value;
    }

    /** Let chance start anew, from this seed. */
    void seed(long value) {
        settings = settings.withSampling(settings.sampling().withSeed(value));
        turn = -1;
    }

    int pairs() {
        return models.pairs();
    }

    /**
     * Answer a question, and keep both. A question that gets no answer is dropped.
     *
     * @throws dev.proxytune.ProxyTuneException if it cannot be answered
     */
    void ask(String question) {
        transcript.ask(question);
        boolean answered = false;
        try {
            answered = answer();
        } finally {
            if (!answered) {
                transcript.undo();
            }
        }
    }

    /**
     * Answer the last question once more.
     *
     * @throws InputException if there is none
     */
    void retry() {
        String question = transcript.lastQuestion().orElseThrow(() -> new InputException("There is no question yet"));
        Conversation before = transcript.whole();
        transcript.undo();
        transcript.ask(question);
        boolean answered = false;
        try {
            answered = answer();
        } finally {
            if (!answered) {
                transcript.replace(before);
            }
        }
    }

    private boolean answer() {
        turn++;
        var stop = new Stop();
        try (var _ = Interrupts.handle(stop::want)) {
            return answer(stop);
        }
    }

    private boolean answer(Stop stop) {
        ChatModels.Speaker whole = models.whole(settings.alphas());
        Prompt prompt = fitting(whole);
        boolean table = settings.trace() && !colored;
        var text = new ChatPrinter(console, settings.trace());
        AnswerPrinter printer = table ? new TraceTable(console, whole.model().vocabulary(), models.pairs()) : text;
        printer.begin("");
        Reply reply;
        try {
            reply = generate(whole, prompt, settings.trace() ? Report.TRACE : Report.NONE, printer, stop);
        } finally {
            text.endLine();
        }
        tell(reply);
        if (reply.interrupted() && reply.text().isEmpty()) {
            return false;
        }
        transcript.answer(reply.text(), reply.interrupted());
        return true;
    }

    /** Return what the models read, if it leaves room for an answer. */
    private Prompt fitting(ChatModels.Speaker speaker) {
        Prompt prompt = models.prompt(speaker, transcript.read());
        int length = models.contextLength();
        // Half of the context at once: each change of a prompt's beginning makes all of it be computed again.
        if (forgets && prompt.longest() > length - length / 4) {
            int dropped = 0;
            while (prompt.longest() > length / 2 && transcript.forget()) {
                dropped++;
                prompt = models.prompt(speaker, transcript.read());
            }
            if (dropped > 0) {
                console.say("The context is full: the models no longer read the oldest " + dropped
                        + (dropped == 1 ? " question" : " questions"));
            }
        }
        requireFit(prompt, length);
        return prompt;
    }

    private static void requireFit(Prompt prompt, int length) {
        if (prompt.longest() >= length) {
            throw new InputException("The conversation has " + prompt.longest() + " tokens and the context holds "
                    + length + ": /clear begins a new one, /undo drops the last question, -c makes a larger context");
        }
    }

    /** Say why an answer ended, where that is not plain to see. */
    private void tell(Reply reply) {
        Completion completion = reply.completion();
        if (reply.interrupted()) {
            console.say(reply.text().isEmpty() ? "(stopped; the question is dropped)" : "(stopped)");
        } else if (completion.finishReason() == FinishReason.LENGTH) {
            boolean full = completion.tokens().size() < settings.most();
            console.say(
                    full
                            ? "(the context of " + models.contextLength()
                                    + " tokens is full: /clear begins a new conversation)"
                            : "(cut after " + settings.most() + " tokens: -n sets how many an answer may have)");
        } else if (reply.text().isEmpty()) {
            console.say("(the answer is empty)");
        }
        if (verbose) {
            console.say(String.format(
                    Locale.ROOT,
                    "prompt of %d tokens in %.0f ms, answer of %d tokens in %.0f ms",
                    completion.promptTokens(),
                    GenerationResult.millis(completion.promptTime()),
                    completion.tokens().size(),
                    GenerationResult.millis(completion.decodeTime())));
        }
    }

    /**
     * Show what the target, the experts and the steered target answer.
     *
     * @param question what to ask after the conversation; its last question if there is none
     * @throws InputException if there is nothing to compare or nothing to ask
     */
    void compare(Optional<String> question) {
        List<ChatModels.Speaker> speakers = new ArrayList<>(models.parts());
        if (speakers.isEmpty()) {
            throw new InputException("There is nothing to compare: the model has no experts");
        }
        speakers.add(models.whole(settings.alphas()));
        Conversation conversation = transcript.read();
        String asked = question.or(transcript::lastQuestion)
                .orElseThrow(() -> new InputException("There is no question yet: /compare QUESTION asks one"));
        conversation = question.isPresent() ? conversation.plus(Message.user(asked)) : untilLastQuestion(conversation);
        turn++;
        var stop = new Stop();
        try (var _ = Interrupts.handle(stop::want)) {
            compare(speakers, asked, conversation, stop);
        }
    }

    private void compare(List<ChatModels.Speaker> speakers, String question, Conversation conversation, Stop stop) {
        List<Prompt> prompts = new ArrayList<>();
        for (ChatModels.Speaker speaker : speakers) {
            prompts.add(models.prompt(speaker, conversation));
            requireFit(prompts.getLast(), models.generator(speaker).contextLength());
        }
        DemoView view = view(speakers);
        view.ask(question);
        for (int index = 0; index < speakers.size(); index++) {
            int system = index;
            Report report = index == speakers.size() - 1 ? Report.TRACE : Report.NONE;
            Reply reply = generate(
                    speakers.get(index),
                    prompts.get(index),
                    report,
                    event -> view.add(system, event.text(), color(event)),
                    stop);
            if (reply.interrupted() || reply.completion().finishReason() == FinishReason.LENGTH) {
                view.add(system, " …", "");
            }
            if (reply.interrupted()) {
                break;
            }
        }
        view.end();
    }

    private static Conversation untilLastQuestion(Conversation conversation) {
        List<Message> messages = conversation.messages();
        int end = messages.size();
        while (!messages.get(end - 1).role().equals("user")) {
            end--;
        }
        return Conversation.of(messages.subList(0, end)).withVariables(conversation.variables());
    }

    private DemoView view(List<ChatModels.Speaker> speakers) {
        List<String> names =
                new ArrayList<>(speakers.stream().map(ChatModels.Speaker::name).toList());
        names.set(names.size() - 1, names.getLast() + ", α = " + settings.alphaText());
        return console.terminals().out()
                ? ColumnView.fitting(console, names, console.columns())
                : new StackedView(console, names);
    }

    private String color(GenerationEvent event) {
        return colored && event instanceof GenerationEvent.Token(var token, var _)
                ? token.trace().map(TokenTrace::delta).map(TraceColors::of).orElse("")
                : "";
    }

    private Reply generate(
            ChatModels.Speaker speaker, Prompt prompt, Report report, Consumer<GenerationEvent> printer, Stop stop) {
        Cancellation cancellation = stop.next();
        var text = new StringBuilder();
        Consumer<GenerationEvent> shown = event -> {
            text.append(event.text());
            printer.accept(event);
        };
        var line = new FirstLine(shown, cancellation);
        Consumer<GenerationEvent> listener = settings.isOneLine(speaker.plain()) ? line : shown;
        // A chosen seed must not make the same question have the same answer for ever.
        var sampling = settings.sampling().withSeed(settings.sampling().seed() + turn);
        var request =
                new GenerationRequest(prompt, settings.steering(), sampling, settings.most(), settings.stops(), report);
        Completion completion = models.generator(speaker).generate(request, cancellation, event -> {
            stop.begin();
            listener.accept(event);
        });
        boolean interrupted = completion.finishReason() == FinishReason.CANCELLED && !line.isEnded();
        return new Reply(text.toString(), completion, interrupted);
    }
}
