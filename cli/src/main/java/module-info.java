import org.jspecify.annotations.NullMarked;

/** The command line. */
@NullMarked
module dev.proxytune.cli {
    requires static org.jspecify;
    requires dev.proxytune;
    requires dev.proxytune.batch;
    requires dev.proxytune.chat;
    requires dev.proxytune.convert;
    requires dev.proxytune.eval;
    requires dev.proxytune.family;
    requires dev.proxytune.gguf;
    requires dev.proxytune.hub;
    requires dev.proxytune.jinja;
    requires dev.proxytune.jsonl;
    requires dev.proxytune.llama;
    requires dev.proxytune.remote;
    requires dev.proxytune.openai;
    requires dev.proxytune.report;
    requires dev.proxytune.server;
    requires dev.proxytune.tune;
    requires info.picocli;
    requires java.net.http;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires tools.jackson.databind;
    requires tools.jackson.dataformat.yaml;
    // For the machine's memory.
    requires jdk.management;
    // For Ctrl-C.
    requires jdk.unsupported;

    opens dev.proxytune.cli to
            info.picocli;

    uses dev.proxytune.batch.BatchCluster;

    provides System.LoggerFinder with
            dev.proxytune.cli.ConsoleLoggers;
}
