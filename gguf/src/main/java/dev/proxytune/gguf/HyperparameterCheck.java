package dev.proxytune.gguf;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** Checks the numbers that describe a model, which llama.cpp asserts on, divides by or allocates from. */
final class HyperparameterCheck {
    private static final int MOST_EXPERTS = 1024;
    private static final long LONGEST_CONTEXT = 1 << 27;
    private static final long WIDEST = 1 << 20;
    private static final long MOST_HEADS = 1 << 14;
    private static final long MOST_HIDDEN = 1 << 24;
    private static final Set<String> ROPE_SCALINGS = Set.of("none", "linear", "yarn", "longrope");

    /** Architectures whose tensors and layers are checked in full, and which treat all layers alike. */
    static final Set<String> STRICT = Set.of("llama", "qwen2", "qwen3", "gemma3");

    /** Keys that some architecture divides by, all u32. */
    private static final Set<String> DIVISORS = Set.of(
            "ssm.conv_kernel",
            "ssm.inner_size",
            "ssm.state_size",
            "ssm.time_step_rank",
            "wkv.head_size",
            "experts_per_group",
            "shortconv.l_cache",
            "num_loops",
            "kda.head_dim");

    private final ModelFacts facts;
    private final int layers;
    private final boolean strict;

    private HyperparameterCheck(ModelFacts facts, int layers) {
        this.facts = facts;
        this.layers = layers;
        this.strict = STRICT.contains(facts.architecture());
    }

    static ModelShape check(ModelFacts facts) {
        int layers = (int) facts.required(facts.key("block_count"), 1, ModelCheck.MOST_LAYERS);
        var check = new HyperparameterCheck(facts, layers);
        check.checkNumbers();
        check.checkGeneral();
        long experts = check.checkExperts();
        return check.checkAttention(experts);
    }

    private void checkGeneral() {
        facts.required(facts.key("context_length"), 1, LONGEST_CONTEXT);
        facts.string("general.name");
        facts.unsigned("general.file_type");
        facts.unsigned(facts.key("embedding_length_out"), 0, WIDEST);
        facts.unsigned(facts.key("pooling_type"), 0, 4);
        facts.unsigned(facts.key("vocab_size"));
        facts.unsigned(facts.key("nextn_predict_layers"), 0, strict ? 0 : layers - 1L);
        facts.unsigned(facts.key("attention.sliding_window"), 0, LONGEST_CONTEXT);
        for (String divisor : DIVISORS) {
            facts.unsigned(facts.key(divisor), 1, MOST_HIDDEN);
        }
        boolean groupsDivide = !facts.architecture().equals("jamba");
        facts.unsigned(facts.key("ssm.group_count"), groupsDivide ? 1 : 0, MOST_HIDDEN);
        if (facts.architecture().equals("ernie4_5-moe")) {
            facts.unsigned(facts.key("interleave_moe_layer_step"), 1, ModelCheck.MOST_LAYERS);
        }
        if (!facts.flag(facts.key("attention.causal")).orElse(true)) {
            throw Refusal.of(
                    facts.header().source(),
                    "key " + Refusal.quote(facts.key("attention.causal")) + " is false",
                    "a model that generates from left to right",
                    "take a text-generating model");
        }
        checkRopeScaling();
    }

    private void checkRopeScaling() {
        String key = facts.key("rope.scaling.type");
        var scaling = facts.string(key);
        if (scaling.isPresent() && !ROPE_SCALINGS.contains(scaling.get())) {
            throw facts.bad(
                    "key " + Refusal.quote(key) + " is " + Refusal.quote(scaling.get()),
                    "none, linear, yarn or longrope");
        }
        facts.flag(facts.key("rope.scaling.finetuned"));
        facts.unsigned(facts.key("rope.scaling.original_context_length"), 1, LONGEST_CONTEXT);
        for (String suffix : new String[] {"rope.freq_base", "rope.freq_base_swa"}) {
            facts.real(facts.key(suffix), Float.MIN_NORMAL, Float.MAX_VALUE);
        }
        for (String suffix : new String[] {"rope.scaling.factor", "rope.scale_linear"}) {
            facts.real(facts.key(suffix), 0, 1e6);
        }
    }

    /** Check the floating-point numbers that any architecture may have: ggml asserts on a negative or NaN epsilon. */
    private void checkNumbers() {
        String prefix = facts.architecture() + ".";
        for (Map.Entry<String, MetadataValue> entry :
                facts.header().metadata().values().entrySet()) {
            String key = entry.getKey();
            if (!key.startsWith(prefix)) {
                continue;
            }
            if (entry.getValue() instanceof MetadataValue.Real) {
                boolean epsilon = key.endsWith("epsilon");
                double most = epsilon ? 1 : Float.MAX_VALUE;
                facts.real(key, epsilon ? 0 : -most, most);
            } else if (entry.getValue() instanceof NumberArray array
                    && array.elementType().isReal()) {
                checkFinite(key, array);
            }
        }
        if (strict) {
            String key = facts.key("attention.layer_norm_rms_epsilon");
            if (!facts.header().metadata().contains(key)) {
                throw facts.missing(key, "an f32 from 0 to 1");
            }
        }
    }

    private void checkFinite(String key, NumberArray array) {
        for (int i = 0; i < array.size(); i++) {
            if (!Double.isFinite(array.doubleAt(i))) {
                throw facts.bad(
                        "entry " + i + " of key " + Refusal.quote(key) + " is " + array.doubleAt(i), "a finite number");
            }
        }
    }

    private long checkExperts() {
        String usedKey = facts.key("expert_used_count");
        long experts =
                facts.unsigned(facts.key("expert_count"), 0, MOST_EXPERTS).orElse(0);
        long used = Arrays.stream(
                        facts.perLayer(usedKey, layers, 0, MOST_EXPERTS).orElse(new long[1]))
                .max()
                .orElse(0);
        // Hunyuan files name one expert for dense models and llama.cpp drops it.
        if (facts.architecture().startsWith("hunyuan") && experts <= 1) {
            return 0;
        }
        if (used > experts || (experts > 0 && used == 0)) {
            throw facts.bad(
                    "key " + Refusal.quote(usedKey) + " is " + used + " of " + experts + " experts",
                    experts == 0 ? "0 where there are no experts" : "1 to " + experts);
        }
        checkExpertGroups(experts);
        return experts;
    }

    private void checkExpertGroups(long experts) {
        String key = facts.key("expert_group_count");
        long groups = facts.unsigned(key, 0, Math.max(0, experts - 1)).orElse(0);
        long used = facts.unsigned(facts.key("expert_group_used_count"), 0, MOST_EXPERTS)
                .orElse(0);
        if (groups > 1 && (experts % groups != 0 || used < 1 || used >= groups)) {
            throw facts.bad(
                    "key " + Refusal.quote(key) + " makes " + groups + " groups of " + experts + " experts, " + used
                            + " used",
                    "groups of equal size, at least one but not all used");
        }
    }

    private ModelShape checkAttention(long experts) {
        long width = facts.required(facts.key("embedding_length"), 1, WIDEST);
        var heads = perLayer("attention.head_count", MOST_HEADS, new long[layers]);
        var keyValueHeads = perLayer("attention.head_count_kv", MOST_HEADS, heads);
        var hidden = perLayer("feed_forward_length", MOST_HIDDEN, new long[layers]);
        boolean recurrent = Catalogue.ARCHITECTURES.get(facts.architecture()) == Catalogue.Purpose.RECURRENT;
        for (int i = 0; i < layers; i++) {
            checkHeads(i, heads[i], keyValueHeads[i], recurrent);
        }
        long keyLength = headLength("attention.key_length", width, heads[0]);
        long valueLength = headLength("attention.value_length", width, heads[0]);
        long rope = checkRotation(heads[0], keyLength, valueLength);
        var shape = new ModelShape(
                width, layers, heads[0], keyValueHeads[0], keyLength, valueLength, hidden[0], rope, experts);
        if (strict) {
            checkUniform("attention.head_count", heads);
            checkUniform("attention.head_count_kv", keyValueHeads);
            checkUniform("feed_forward_length", hidden);
            checkStrict(shape);
        }
        return shape;
    }

    /** Check how many dimensions of a head are rotated and return it; graphs assert on what does not fit. */
    private long checkRotation(long heads, long keyLength, long valueLength) {
        var purpose = Catalogue.ARCHITECTURES.get(facts.architecture());
        String key = facts.key("rope.dimension_count");
        boolean recurrent = purpose == Catalogue.Purpose.RECURRENT;
        long rope = facts.unsigned(key, recurrent ? 0 : 2, MOST_HIDDEN).orElse(keyLength);
        if (heads > 0 && (rope % 2 != 0 || rope > keyLength)) {
            throw facts.bad(
                    "key " + Refusal.quote(key) + " is " + rope,
                    "an even number of at most the head length " + keyLength);
        }
        if (purpose == Catalogue.Purpose.WHOLE && (rope != keyLength || keyLength != valueLength)) {
            throw facts.bad(
                    "heads have keys of " + keyLength + ", values of " + valueLength + " and " + rope
                            + " rotated dimensions",
                    "one even number for all three in a " + facts.architecture() + " model");
        }
        checkSections(keyLength);
        if (heads > 0) {
            checkWindowRotation(keyLength, rope);
        }
        return rope;
    }

    /** Check the sizes that layers of sliding-window attention have of their own. */
    private void checkWindowRotation(long keyLength, long rope) {
        String key = facts.key("rope.dimension_count_swa");
        long windowRope = facts.unsigned(key, 0, MOST_HIDDEN).orElse(rope);
        long windowLength =
                facts.unsigned(facts.key("attention.key_length_swa"), 0, WIDEST).orElse(keyLength);
        if (windowRope % 2 != 0 || windowRope > windowLength) {
            throw facts.bad(
                    "key " + Refusal.quote(key) + " is " + windowRope,
                    "an even number of at most the head length " + windowLength + " of sliding-window layers");
        }
    }

    private void checkSections(long keyLength) {
        String key = facts.key("rope.dimension_sections");
        if (!facts.header().metadata().contains(key)) {
            return;
        }
        var sections = facts.perLayer(key, 4, 0, MOST_HIDDEN).orElseThrow();
        long sum = Arrays.stream(sections).sum();
        if (sum < 1 || sum > keyLength || sections[0] + sections[1] + sections[2] == 0) {
            throw facts.bad(
                    "key " + Refusal.quote(key) + " is " + Arrays.toString(sections),
                    "four parts of a head of length " + keyLength);
        }
    }

    private long[] perLayer(String suffix, long most, long[] otherwise) {
        return facts.perLayer(facts.key(suffix), layers, 0, most).orElse(otherwise);
    }

    private void checkHeads(int layer, long heads, long keyValueHeads, boolean recurrent) {
        boolean divides = keyValueHeads == 0 ? recurrent || heads == 0 : heads % keyValueHeads == 0;
        if ((heads == 0 && !recurrent) || !divides) {
            throw facts.bad(
                    "layer " + layer + " has " + heads + " heads and " + keyValueHeads
                            + " key-value heads (keys 'attention.head_count' and 'attention.head_count_kv')",
                    "at least one head and a number that the key-value heads divide");
        }
    }

    private long headLength(String suffix, long width, long heads) {
        if (heads == 0) {
            return 0;
        }
        long length = facts.unsigned(facts.key(suffix), strict ? 1 : 0, WIDEST).orElse(width / heads);
        String swaKey = facts.key(suffix + "_swa");
        long swaLength = facts.unsigned(swaKey, 0, WIDEST).orElse(length);
        if (strict && swaLength != length) {
            throw facts.bad("key " + Refusal.quote(swaKey) + " is " + swaLength, String.valueOf(length));
        }
        if (length == 0 && strict) {
            throw facts.bad(
                    "there are " + heads + " heads for an embedding of " + width, "at most one head for an element");
        }
        return length;
    }

    private void checkUniform(String suffix, long[] values) {
        if (Arrays.stream(values).distinct().count() != 1) {
            throw facts.bad(
                    "key " + Refusal.quote(facts.key(suffix)) + " differs between layers",
                    "the same number for all layers of a " + facts.architecture() + " model");
        }
    }

    private void checkStrict(ModelShape shape) {
        if (shape.feedForward() == 0) {
            throw facts.bad(
                    "key " + Refusal.quote(facts.key("feed_forward_length")) + " is missing or 0", "a positive number");
        }
        if (shape.keyLength() != shape.valueLength() || shape.keyLength() % 2 != 0) {
            throw facts.bad(
                    "heads have keys of " + shape.keyLength() + " and values of " + shape.valueLength(),
                    "one even number for both in a " + facts.architecture() + " model");
        }
        long swaRope =
                facts.unsigned(facts.key("rope.dimension_count_swa"), 0, WIDEST).orElse(shape.ropeDimensions());
        if (swaRope != shape.ropeDimensions()) {
            throw facts.bad(
                    "key " + Refusal.quote(facts.key("rope.dimension_count_swa")) + " is " + swaRope,
                    String.valueOf(shape.ropeDimensions()));
        }
        if (facts.architecture().equals("qwen2") && shape.keyLength() * shape.heads() != shape.width()) {
            throw facts.bad(
                    shape.heads() + " heads of " + shape.keyLength() + " do not fill an embedding of " + shape.width(),
                    "heads that do");
        }
    }
}
