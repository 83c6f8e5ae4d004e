package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.FileFaults;
import dev.proxytune.jsonl.JsonFaults;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Read files of rows: JSON lines, objects after one another, or one JSON array of objects; plain or compressed by gzip.
 * NaN and Infinity are taken as Python writes them.
 */
public final class RowFile {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final int GZIP_MAGIC = 0x1f8b;

    private RowFile() {}

    /**
     * Read all rows of a file.
     *
     * @throws ProxyTuneException if it cannot be read, has no rows, or one of them is no JSON object
     */
    public static List<Row> read(Path file) {
        List<Row> rows = new ArrayList<>();
        try (InputStream in = open(file);
                JsonParser parser = MAPPER.createParser(in)) {
            read(parser, file.toString(), rows);
        } catch (JacksonException e) {
            throw notJson(file.toString(), rows.size() + 1, e);
        } catch (IOException e) {
            throw new ProxyTuneException("The file " + file + " cannot be read: " + FileFaults.reason(file, e), e);
        }
        if (rows.isEmpty()) {
            throw new ProxyTuneException("The file " + file + " has no rows");
        }
        return rows;
    }

    private static InputStream open(Path file) throws IOException {
        var in = new BufferedInputStream(Files.newInputStream(file));
        in.mark(2);
        boolean compressed = (in.read() << 8 | in.read()) == GZIP_MAGIC;
        in.reset();
        return compressed ? new GZIPInputStream(in) : in;
    }

    private static void read(JsonParser parser, String file, List<Row> rows) {
        boolean array = parser.nextToken() == JsonToken.START_ARRAY;
        JsonToken token = array ? parser.nextToken() : parser.currentToken();
        while (token != null && token != JsonToken.END_ARRAY) {
            if (token != JsonToken.START_OBJECT) {
                throw new ProxyTuneException(file + ", row " + (rows.size() + 1)
                        + " is no JSON object, it starts with: " + shortened(parser.getString())
                        + "; rows must be objects, one a line or all in one array");
            }
            JsonNode node = MAPPER.readTree(parser);
            rows.add(new Row(file, rows.size() + 1, (ObjectNode) node));
            token = parser.nextToken();
        }
        if (array && parser.nextToken() != null) {
            throw new ProxyTuneException(
                    file + " goes on after its array of " + rows.size() + " rows; it must hold one array or lines");
        }
    }

    private static String shortened(@Nullable String text) {
        return text == null ? "null" : text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    private static ProxyTuneException notJson(String file, int row, JacksonException e) {
        String line = e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
        if (e.getCause() instanceof EOFException || e.getCause() instanceof ZipException) {
            return new ProxyTuneException(
                    file + ", row " + row + " cannot be read: the gzip file is truncated or damaged; get it again", e);
        }
        String reason = JsonFaults.reason(e.getOriginalMessage()) + (row == 1 ? otherKind(file) : "");
        return new ProxyTuneException(file + ", row " + row + line + " is not JSON: " + reason, e);
    }

    /** Benchmarks are published in these forms too, which are told by their names. */
    private static String otherKind(String file) {
        String name = file.toLowerCase(Locale.ROOT);
        if (name.endsWith(".parquet") || name.endsWith(".csv") || name.endsWith(".tsv")) {
            String kind = name.substring(name.lastIndexOf('.') + 1);
            String reader = kind.equals("tsv") ? "csv" : kind;
            return "; write the rows of a " + kind + " file as JSON lines, for example by pandas: read_" + reader
                    + "(FILE).to_json(OUT, orient='records', lines=True)";
        }
        return "";
    }

    /** Return one row of JSON text, if it is an object. */
    static @Nullable Row parse(String file, int number, String line) {
        try {
            return MAPPER.readTree(line) instanceof ObjectNode node ? new Row(file, number, node) : null;
        } catch (JacksonException _) {
            return null;
        }
    }

    static ObjectNode node(Map<String, ? extends @Nullable Object> values) {
        return MAPPER.valueToTree(values);
    }
}
