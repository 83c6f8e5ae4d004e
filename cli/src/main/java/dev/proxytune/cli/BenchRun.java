package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.cli.BenchSetting.Found;
import dev.proxytune.cli.BenchTables.Phase;
import dev.proxytune.llama.BareDecoder;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Measure one thing after the other of a trio, and hand on a table of each. One owner thread. */
final class BenchRun implements AutoCloseable {
    private static final List<Integer> SIDE_BY_SIDE = List.of(1, 4, 16);
    private static final int COST_ROUNDS = 4;
    private static final int LOOP_ROUNDS = 8;

    private final Console console;
    private final BenchTrioMixin source;
    private final BenchGuessMixin asked;
    private final BenchSize size;
    private final Cancellation cancellation;
    private final Consumer<BenchTable> out;
    private final List<LlamaModel> models;
    private final ProxyTunedModel trio;

    /**
     * Load the models.
     *
     * @param cancellation ends the run with a {@link dev.proxytune.CancelledException}
     * @param out gets each table when it is complete
     */
    BenchRun(
            Console console,
            BenchTrioMixin source,
            BenchGuessMixin asked,
            BenchSize size,
            Cancellation cancellation,
            Consumer<BenchTable> out) {
        this.console = console;
        this.source = source;
        this.asked = asked;
        this.size = size;
        this.cancellation = cancellation;
        this.out = out;
        this.models = source.load(console);
        this.trio = ProxyTunedModel.of(models.get(0), models.get(1), models.get(2));
    }

    List<ModelInfo> infos() {
        return models.stream().map(LlamaModel::info).toList();
    }

    /** Measure all. */
    void run(BenchMachine machine) {
        Optional<Double> chance = asked.chance(source);
        List<Prompt> texts = asked.prompts(source, trio, size.questions(), console);
        List<BenchSetting> settings =
                BenchSetting.all(texts, trio.vocabulary(), size, asked.alpha(), !source.isMadeUp());
        memory(BenchPrompts.ofLength(texts, BenchSetting.SHORT, 1).getFirst());
        LoopBenchmark.Result loop = loop();
        List<Found> found = answers(settings, chance);
        batches();
        Map<Integer, PrefillBenchmark.Result> prefill = prefill();
        guessing(found, chance);
        if (source.isOnProcessor()) {
            bounds(machine, loop, found.getFirst(), prefill);
        }
    }

    private void begin(String what) {
        cancellation.check();
        console.say("bench: " + what);
    }

    /** Answer once, before anything else needs memory. */
    private void memory(Prompt prompt) {
        begin("memory");
        int contextLength = prompt.length() + size.tokens();
        var request = GenerationRequest.of(prompt).withMaxTokens(size.tokens());
        double peak;
        try (var generator = Generator.open(trio, DecoderOptions.DEFAULT.withContextLength(contextLength))) {
            generator.generate(request, cancellation, _ -> {});
            cancellation.check();
            peak = ResidentMemory.peakBytes();
        }
        double cache = 0;
        for (LlamaModel model : models) {
            try (BareDecoder decoder = model.openBare(contextLength)) {
                cache += decoder.cacheBytes();
            }
        }
        double weights =
                infos().stream().distinct().mapToLong(ModelInfo::weightBytes).sum();
        out.accept(BenchTables.memory(peak, weights, cache));
    }

    private LoopBenchmark.Result loop() {
        begin("loop");
        // It closes its models, which share the weights of ours.
        List<LlamaModel> own = source.load(console);
        try (var benchmark = new LoopBenchmark(own.get(0), own.get(1), own.get(2), size.loopTokens())) {
            LoopBenchmark.Result result = benchmark.run(Math.max(LOOP_ROUNDS, 2 * size.rounds()), cancellation);
            out.accept(BenchTables.loop(result));
            return result;
        }
    }

    private List<Found> answers(List<BenchSetting> settings, Optional<Double> chance) {
        var compared = SpeculationBenchmark.Models.of(trio, chance);
        List<Found> all = new ArrayList<>();
        for (float temperature : asked.temperatures(source)) {
            List<Found> some = new ArrayList<>();
            for (BenchSetting setting : settings) {
                begin(setting.name() + ", temperature " + temperature);
                // The first one pays for what is compiled while it runs.
                int warmUp = all.isEmpty() && some.isEmpty() ? Math.max(1, size.warmUp()) : size.warmUp();
                try (var benchmark =
                        new SpeculationBenchmark(compared, setting.task(), asked.guesses(), cancellation)) {
                    some.add(new Found(setting, temperature, benchmark.run(temperature, size.rounds(), warmUp)));
                }
            }
            if (all.isEmpty()) {
                out.accept(BenchTables.times(some));
            }
            out.accept(BenchTables.answers(temperature, some, notes(chance)));
            out.accept(BenchTables.steps(temperature, some));
            all.addAll(some);
        }
        out.accept(BenchTables.details(all));
        return all;
    }

    private static List<String> notes(Optional<Double> chance) {
        return chance.map(right ->
                        List.of("Simulated: answers are made up, and the expert guesses a token with a chance of "
                                + right + "."))
                .orElse(List.of());
    }

    private void batches() {
        begin("answers side by side");
        try (var benchmark = new BatchBenchmark(models, trio, SIDE_BY_SIDE, size.sideBySide(), cancellation)) {
            out.accept(BenchTables.batches(benchmark.run(size.rounds())));
        }
    }

    private Map<Integer, PrefillBenchmark.Result> prefill() {
        Map<Integer, PrefillBenchmark.Result> results = new LinkedHashMap<>();
        for (int length : List.of(BenchSetting.SHORT, size.tokens())) {
            begin("prompts of " + length + " tokens");
            try (var benchmark = new PrefillBenchmark(models, trio, length, cancellation)) {
                results.put(length, benchmark.run(size.rounds()));
            }
        }
        out.accept(BenchTables.prefill(results));
        return results;
    }

    /** Say what guessing ahead could gain at best. */
    private void guessing(List<Found> found, Optional<Double> chance) {
        begin("costs of rows");
        float temperature = found.getFirst().temperature();
        // Of real models the questions, which come last, and else the longest answers.
        List<Found> some =
                found.stream().filter(one -> one.temperature() == temperature).toList();
        Found told = source.isMadeUp()
                ? Collections.max(
                        some,
                        Comparator.comparingInt(one -> one.setting().task().tokens()))
                : some.getLast();
        int most = asked.guesses().stream().mapToInt(Integer::intValue).max().orElse(0);
        if (most == 0) {
            return;
        }
        double right = chance.orElseGet(() -> SpeculationBound.acceptance(
                most, told.of(Integer.toString(most)).tokensPerStep()));
        Prompt prompt = told.setting().task().prompts().getFirst();
        var bound = SpeculationBound.measure(trio, prompt, right, COST_ROUNDS);
        out.accept(BenchTables.guessing(bound, told, chance.isPresent()));
    }

    private void bounds(
            BenchMachine machine,
            LoopBenchmark.Result loop,
            Found found,
            Map<Integer, PrefillBenchmark.Result> prefill) {
        begin("what the processor can do");
        ModelCost target = ModelCost.of(infos().getFirst());
        ModelCost all = ModelCost.sum(infos().stream().map(ModelCost::of).toList());
        int threads = source.threads() == 0 ? machine.processors() : source.threads();
        var limits = MachineLimits.measure(threads, (long) all.weightBytes());
        boolean quantized =
                infos().stream().allMatch(info -> info.quantization().matches("(?i).*Q[1-8].*"));
        double context = BenchSetting.SHORT + size.loopTokens() / 2.0;
        PrefillBenchmark.Result longest = prefill.get(size.tokens());
        List<Phase> phases = new ArrayList<>(List.of(
                new Phase(
                        "target, a token",
                        target.decode(found.setting().context()),
                        found.of(SpeculationBenchmark.TARGET).millis()),
                new Phase("trio, a token", all.decode(context), loop.greedy()),
                new Phase("three bare decodes", all.decode(context), loop.bare())));
        if (longest != null) {
            phases.add(new Phase(
                    "target, " + size.tokens() + " tokens of prompt", target.prefill(size.tokens()), longest.target()));
            phases.add(new Phase(
                    "trio, " + size.tokens() + " tokens of prompt", all.prefill(size.tokens()), longest.trio()));
        }
        boolean inCache = all.weightBytes() < machine.cacheBytes();
        out.accept(BenchTables.bounds(phases, limits, inCache, quantized ? machine.bytesAtOnce() : 1));
    }

    @Override
    public void close() {
        trio.close();
    }
}
