import org.jspecify.annotations.NullMarked;

/** Proxy-tuning itself: models as interfaces, logit arithmetic, samplers and the generation loop. */
@NullMarked
module dev.proxytune {
    requires static transitive org.jspecify;

    exports dev.proxytune;
}
