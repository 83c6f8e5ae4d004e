import org.jspecify.annotations.NullMarked;

/** Comparisons of systems over tasks: tables, tests, figures, one page. */
@NullMarked
module dev.proxytune.report {
    requires transitive dev.proxytune.eval;
    requires dev.proxytune;
    requires com.github.weisj.jsvg;
    requires java.desktop;
    requires org.apache.commons.statistics.distribution;
    requires static transitive org.jspecify;

    exports dev.proxytune.report;
}
