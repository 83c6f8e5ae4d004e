package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import dev.proxytune.Vocabulary;
import dev.proxytune.VocabularyMatch;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Tell whether the three vocabularies of a trio go together.
 *
 * @param target what the target's header says
 * @param expert what the expert's header says, compared with the target
 * @param antiExpert the same of the anti-expert
 */
public record TrioCheck(Model target, Compared expert, Compared antiExpert) {

    /**
     * Hold what a header says.
     *
     * @param source the file's name
     * @param architecture such as {@code llama}
     * @param tokenizer the algorithm, as llama.cpp names it
     * @param tokens how many tokens there are, padding included
     */
    public record Model(String source, String architecture, String tokenizer, int tokens) {

        private static Model of(GgufHeader header, Vocabulary vocabulary) {
            return new Model(
                    header.source(), header.architecture().orElse("unknown"), vocabulary.type(), vocabulary.size());
        }
    }

    /**
     * Hold a comparison with the target.
     *
     * @param model the model that is compared
     * @param match how its token ids compare
     * @param sameTokenizer whether both have the same algorithm
     */
    public record Compared(Model model, VocabularyMatch match, boolean sameTokenizer) {

        /** Return whether its logits can be combined with the target's. */
        public boolean fits() {
            return sameTokenizer && match.difference().isEmpty() && match.shared() > 0;
        }
    }

    /** Return whether all three go together. */
    public boolean fits() {
        return expert.fits() && antiExpert.fits();
    }

    /**
     * Read three headers and compare them; of what is not in the cache, only the headers are fetched.
     *
     * @throws HubException if a model cannot be found
     * @throws dev.proxytune.InvalidModelException if one is no language model
     */
    public static TrioCheck of(Trio trio, ModelHub hub, PullListener listener, Cancellation cancellation) {
        GgufHeader target = header(trio.target(), hub, listener, cancellation);
        var vocabulary = new HeaderVocabulary(target);
        return new TrioCheck(
                Model.of(target, vocabulary),
                compared(vocabulary, header(trio.expert(), hub, listener, cancellation)),
                compared(vocabulary, header(trio.antiExpert(), hub, listener, cancellation)));
    }

    private static GgufHeader header(TrioPart part, ModelHub hub, PullListener listener, Cancellation cancellation) {
        Optional<ModelReference> reference = part.reference();
        return reference.isPresent()
                ? hub.readHeader(reference.get(), listener, cancellation)
                : GgufFile.readHeader(Path.of(part.model()));
    }

    private static Compared compared(Vocabulary target, GgufHeader header) {
        var vocabulary = new HeaderVocabulary(header);
        return new Compared(
                Model.of(header, vocabulary),
                VocabularyMatch.of(target, vocabulary),
                target.type().equals(vocabulary.type()));
    }
}
