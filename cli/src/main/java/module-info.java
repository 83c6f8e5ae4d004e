import org.jspecify.annotations.NullMarked;

/** The command line. */
@NullMarked
module dev.proxytune.cli {
    requires static org.jspecify;
}
