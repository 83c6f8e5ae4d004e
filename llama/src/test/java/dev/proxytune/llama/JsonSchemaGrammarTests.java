package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.proxytune.ConstraintException;
import dev.proxytune.TokenConstraint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonSchemaGrammarTests {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    @TempDir
    private static Path folder;

    private static LlamaModel model;

    @BeforeAll
    static void load() {
        model = LlamaModel.loadVocabulary(TestModels.synthetic(folder, 1));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static TokenConstraint constraint(String schema) {
        return model.constraint(JsonSchemaGrammar.of(JSON.readValue(schema, Object.class)));
    }

    /** Return why a text is not what a schema asks for. */
    private static List<String> faults(String schema, String text) {
        Schema validator = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(JSON.readTree(schema));
        JsonNode value = JSON.readTree(text);
        return validator
                .validate(value, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whateverAGrammarDerivesIsWhatTheSchemaAsksFor(int seed) {
        int texts = 0;
        for (int i = 0; i < 60; i++) {
            var random = new Random(1000L * seed + i);
            String schema = JSON.writeValueAsString(new RandomSchemas(random).schema());
            TokenConstraint constraint;
            try {
                constraint = constraint(schema);
            } catch (ConstraintException e) {
                assertThat(e.getMessage()).as(schema).contains("no value can keep it");
                continue;
            }
            for (int draw = 0; draw < 4; draw++) {
                Optional<String> text = GrammarWalk.text(constraint, model.vocabulary(), random, draw * 12, 400);
                if (text.isPresent()) {
                    assertThat(faults(schema, text.get()))
                            .as("seed %d/%d, %s of %s", seed, i, text.get(), schema)
                            .isEmpty();
                    texts++;
                }
            }
        }
        assertThat(texts).isGreaterThan(120);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "{}§{'a': [1, -2.5e3, 'x', null, true]}|'é'|0§{a:1}|01|'\t'",
                "{'type':'object'}§{}|{'a':{'b':[]}}§[]|1",
                "{'type':['string','null']}§'a'|null§1|true",
                "{'properties':{'b':{'type':'integer'},'a':{'const':'x'}},'required':['b']}"
                        + "§{'b':1}|{'b': 1, 'a': 'x'}§{}|{'a':'x','b':1}|{'b':1,'c':2}",
                "{'properties':{'a':{},'b':{},'c':{}},'additionalProperties':{'type':'null'}}"
                        + "§{}|{'b':1}|{'a':1,'c':2}|{'c':1,'d':null}|{'d':null}|{'ab':null}§{'d':1}|{'c':1,'a':1}|{'d':null,'a':1}",
                "{'type':'array','items':{'type':'boolean'},'minItems':1,'maxItems':3}"
                        + "§[true]|[true, false,true]§[]|[1]|[true,true,true,true]",
                "{'prefixItems':[{'type':'integer'},{'type':'string'}],'items':false}§[1,'a']§[1,'a',2]|['a',1]",
                "{'prefixItems':[{'type':'integer'}],'minItems':3,'maxItems':5}§[1,2,'b']§[1]|[1,2]",
                "{'enum':['a',1,null,{'k':[2]}]}§'a'|1|null|{'k':[2]}§'b'|2",
                "{'anyOf':[{'type':'integer'},{'type':'array','items':{'$ref':'#'}}]}§1|[]|[1,[2,[]]]§'a'|['a']",
                "{'oneOf':[{'required':['a']},{'required':['b']}],'type':'object','properties':{'a':{'type':'null'},'b':{}}}"
                        + "§{'a':null}|{'b':1}§{}|{'a':1}",
                "{'allOf':[{'type':['integer','string']},{'type':'number','minimum':3},{'maximum':12}]}§3|10|12§2|13|'a'|3.5",
                "{'$ref':'#/$defs/n','$defs':{'n':{'properties':{'next':{'anyOf':[{'$ref':'#/$defs/n'},{'type':'null'}]}},"
                        + "'required':['next']}}}§{'next':null}|{'next':{'next':null}}§{}|null",
                "{'$ref':'#/$defs/a~1b%20c','$defs':{'a/b c':{'type':'null'}}}§null§1",
                "{'type':'string','minLength':2,'maxLength':3}§'ab'|'é\\u00e9a'|'\\n\\n'§'a'|'abcd'|'\\ud83d\\ude00'",
                "{'type':'string','maxLength':1500}§''|'abc'§1",
                "{'type':'string','pattern':'^[A-Z]{2}-\\\\d+$'}§'AB-1'|'XY-123'§'A-1'|'AB-'|'xAB-1'",
                "{'type':'string','pattern':'a|^b$'}§'xax'|'b'|'a'§'xb'|'c'",
                "{'type':'string','pattern':'^\\\\S+@\\\\S+\\\\.\\\\w{2,}$'}§'a@b.de'§'a b@c.de'|'ab.de'",
                "{'type':'string','format':'date'}§'2024-02-29'|'2023-12-31'|'2000-02-29'§'2023-02-29'|'1900-02-29'|'2023-04-31'",
                "{'type':'string','format':'uuid'}§'01234567-89ab-cdef-0123-456789abcdef'§'0123'",
                "{'type':'integer','minimum':-12,'maximum':107}§-12|-9|-1|0|9|10|99|100|107§-13|-20|108|110|200|1.5|007",
                "{'type':'integer','exclusiveMinimum':99}§100|101|999|1000|123456§99|9|0|-100",
                "{'type':'integer','maximum':-5}§-5|-10|-999§-4|0|5",
                "{'type':'number','minimum':0,'maximum':1}§0|1|0.5|0.25|1.0§-0.1|1.1|2|1.01",
                "{'type':'number','exclusiveMinimum':0}§0.1|0.001|1|12.5§0|0.0|-1",
                "{'type':'number','minimum':-2.5,'exclusiveMaximum':3.75}§-2.5|-2.25|-1|0|3|3.7|3.74§-2.6|3.75|3.8|4|-3",
                "{'type':'number','minimum':0.5,'maximum':0.75}§0.50|0.6|0.75|0.74§0.4|0.76|0.8|1|0",
            })
    void allowsSuchTextsAndNotOthers(String schema, String good, String bad) {
        TokenConstraint constraint = constraint(schema.replace('\'', '"'));
        for (String text : good.replace('\'', '"').split("\\|", -1)) {
            assertThat(GrammarWalk.matches(constraint, model.vocabulary(), text))
                    .as(text)
                    .isTrue();
            assertThat(faults(schema.replace('\'', '"'), text)).isEmpty();
        }
        for (String text : bad.replace('\'', '"').split("\\|", -1)) {
            assertThat(GrammarWalk.matches(constraint, model.vocabulary(), text))
                    .as(text)
                    .isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "false§no value can keep it",
                "1§an object, true or false is expected, not 1",
                "{'properties':{'a':3}}§#/properties/a",
                "{'type':'text'}§there is no type 'text'",
                "{'type':[]}§type must be",
                "{'properties':[]}§properties must be an object",
                "{'properties':{'a':{'multipleOf':3}}}§#/properties/a: multipleOf cannot be kept",
                "{'not':{}}§not cannot be kept",
                "{'uniqueItems':true}§uniqueItems cannot be kept",
                "{'patternProperties':{'a':{}}}§patternProperties cannot be kept",
                "{'$ref':'http://x/y'}§in the same schema",
                "{'$ref':'#/$defs/x'}§there is nothing at #/$defs/x",
                "{'$ref':'#'}§never begins",
                "{'allOf':[{'$ref':'#'},{'type':'object'}]}§without end",
                "{'type':'integer','minimum':3,'maximum':2}§no value can keep it",
                "{'type':'integer','minimum':'3'}§minimum must be a number",
                "{'minLength':-1}§minLength must be an integer",
                "{'maxLength':1000000}§at most 100000",
                "{'pattern':'a','minLength':2}§only one can be kept",
                "{'pattern':'(?=a)'}§only (?: is understood",
                "{'pattern':'\\\\bx'}§\\b is not understood",
                "{'pattern':'(a'}§a ) is missing",
                "{'pattern':'a)'}§a ) has no (",
                "{'pattern':'a^b'}§at the ends of alternatives",
                "{'pattern':'(a?)*'}§may be empty",
                "{'pattern':'[z-a]'}§backwards",
                "{'required':['a'],'additionalProperties':false}§no value can keep it",
                "{'enum':[1],'const':2}§const is not among",
                "{'enum':['a'],'type':'integer'}§no value can keep it",
                "{'allOf':[{'type':'string'},{'type':'object'}]}§no value can keep it",
            })
    void refusesWhatCannotBeKept(String schema, String message) {
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> constraint(schema.replace('\'', '"')))
                .withMessageContaining(message.replace('\'', '"'));
    }

    @Test
    void deepSchemasAreRefusedAndLargeOnesWork() {
        String deep = "{\"items\":".repeat(300) + "{}" + "}".repeat(300);
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> constraint(deep))
                .withMessageContaining("deep");
        List<String> properties = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            properties.add("\"property%d\":{\"type\":\"string\",\"maxLength\":%d}".formatted(i, i));
        }
        var large = constraint("{\"properties\":{" + String.join(",", properties) + "}}");
        assertThat(GrammarWalk.matches(large, model.vocabulary(), "{\"property7\":\"abc\",\"property299\":\"\"}"))
                .isTrue();
        assertThat(GrammarWalk.matches(large, model.vocabulary(), "{\"property7\":\"abcdefgh\"}"))
                .isFalse();
    }

    @Test
    void lengthsAboveWhatLlamaCppRepeatsAreKeptExactly() {
        for (int[] bounds : new int[][] {{0, 1000}, {0, 2500}, {1200, 3100}, {2000, 2000}, {1999, -1}}) {
            String max = bounds[1] < 0 ? "" : ",\"maxLength\":" + bounds[1];
            var constraint = constraint("{\"type\":\"string\",\"minLength\":" + bounds[0] + max + "}");
            for (int length : new int[] {0, 1, 999, 1000, 1199, 1200, 1998, 1999, 2000, 2001, 2500, 2501, 3100, 3101}) {
                boolean expected = length >= bounds[0] && (bounds[1] < 0 || length <= bounds[1]);
                assertThat(GrammarWalk.matches(constraint, model.vocabulary(), "\"" + "a".repeat(length) + "\""))
                        .as("%d within %d and %d", length, bounds[0], bounds[1])
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void anyObjectIsAnObject() {
        var constraint = model.constraint(JsonSchemaGrammar.anyObject());
        var random = new Random(9);
        for (int i = 0; i < 30; i++) {
            Optional<String> text = GrammarWalk.text(constraint, model.vocabulary(), random, 30, 400);
            text.ifPresent(value -> assertThat(JSON.readTree(value).isObject()).isTrue());
        }
        assertThat(GrammarWalk.matches(constraint, model.vocabulary(), "[]")).isFalse();
    }
}
