package dev.proxytune.cli;

import dev.proxytune.llama.MemoryNeed;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Add up what models take together in one process; a file in several roles has its weights there once. */
final class MemorySum {
    /** What a process that generates takes above one that has read headers and vocabularies, as measured. */
    private static final long GENERATING = 14L << 20;

    private final long process;
    private final Set<String> files = new HashSet<>();
    private long weights;
    private long cache;
    private long compute;
    private boolean complete = true;

    /** Begin when the vocabularies have been read and compared, as is done before generating too. */
    MemorySum() {
        double resident = ResidentMemory.bytes();
        this.process = Double.isNaN(resident) ? 0 : (long) resident + GENERATING;
    }

    /** Add a file with a decoder of its own, of which an adapter has the weights from elsewhere. */
    void add(FileReport report, MemoryNeed need) {
        long own = report.isAdapter() ? report.facts().weightBytes() : need.weights();
        weights += files.add(report.file()) ? own : 0;
        cache += need.cache();
        compute += need.compute() + need.rows();
    }

    /** Note that something is there whose need nobody knows. */
    void addUnknown() {
        complete = false;
    }

    /** Return whether all is known. */
    boolean isComplete() {
        return complete;
    }

    /** Tell it to people. */
    String text() {
        return Sizes.bytes(sum()) + ": weights " + Sizes.bytes(weights) + ", KV caches " + Sizes.bytes(cache)
                + ", computing " + Sizes.bytes(compute) + ", the program " + Sizes.bytes(process);
    }

    /** Return it as JSON has it. */
    Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("bytes", complete ? sum() : null);
        object.put("weight_bytes", weights);
        object.put("kv_cache_bytes", cache);
        object.put("compute_bytes", compute);
        object.put("process_bytes", process);
        return object;
    }

    private long sum() {
        return weights + cache + compute + process;
    }
}
