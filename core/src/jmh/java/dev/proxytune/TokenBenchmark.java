package dev.proxytune;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time what one token costs beside the models: combine three rows and draw from the combined one. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenBenchmark {

    @Param({"32768", "131072", "262144"})
    int size;

    /** Peaked rows look like a model that is sure of itself, flat ones have no token above another by much. */
    @Param({"peaked", "flat"})
    String shape;

    /** Whether the pair knows the whole vocabulary or lacks some ids at its end, as padded tables do. */
    @Param({"0"})
    int missing;

    private final CombinedRow.Scratch scratch = new CombinedRow.Scratch();
    private final TokenHistory history = new TokenHistory(Prompt.of(1));
    private Row target = new ArrayRow();
    private Row expert = new ArrayRow();
    private Row antiExpert = new ArrayRow();
    private Sampler greedy = new Sampler(Sampling.GREEDY, new SamplerScratch(1));
    private Sampler nucleus = greedy;
    private Sampler topK = greedy;
    private Sampler plain = greedy;

    @Setup
    public void createRows() {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        float[] base = new float[size];
        for (int id = 0; id < size; id++) {
            base[id] = (float) random.nextGaussian() * (shape.equals("flat") ? 0.1f : 2.5f);
        }
        if (shape.equals("peaked")) {
            for (int place = 0; place < 40; place++) {
                base[random.nextInt(size)] = 18 - 0.25f * place;
            }
        }
        target = near(base, random);
        expert = near(base, random);
        antiExpert = near(base, random);
        Sampling sampling = Sampling.atTemperature(0.8f);
        greedy = new Sampler(Sampling.GREEDY, new SamplerScratch(size));
        nucleus = new Sampler(sampling.withTopP(0.95f), new SamplerScratch(size));
        topK = new Sampler(sampling.withTopK(40), new SamplerScratch(size));
        plain = new Sampler(sampling, new SamplerScratch(size));
    }

    @Benchmark
    public int greedy() {
        return greedy.sample(row(), history);
    }

    @Benchmark
    public int nucleus() {
        return nucleus.sample(row(), history);
    }

    @Benchmark
    public int topK() {
        return topK.sample(row(), history);
    }

    @Benchmark
    public int plain() {
        return plain.sample(row(), history);
    }

    private Row row() {
        var part = new CombinedRow.Part(1, expert, antiExpert, size - missing, size, scratch);
        return new CombinedRow(target, new CombinedRow.Part[] {part}, scratch);
    }

    private static Row near(float[] base, RandomGenerator random) {
        float[] logits = base.clone();
        for (int id = 0; id < logits.length; id++) {
            logits[id] += (float) random.nextGaussian() * 0.02f;
        }
        return new ArrayRow(logits);
    }
}
