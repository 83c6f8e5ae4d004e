package dev.proxytune.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.eval.Interval;
import dev.proxytune.eval.ScoreOptions;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class FigureTests {
    private static final String HOSTILE =
            "</text><script>alert(1)</script>&\"'\u0000\u202e\ud800 " + "long ".repeat(40);

    @TempDir
    private Path folder;

    private static Document parsed(String xml) throws ParserConfigurationException, SAXException, IOException {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    private static List<Element> elements(Document document, String name) {
        NodeList nodes = document.getElementsByTagNameNS("*", name);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }

    static Stream<Drawing> drawings() {
        Optional<Interval> wide = Optional.of(new Interval(-40, 50));
        List<RowChart.Row> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            double value = i == 3 ? Double.NaN : i / 40.0;
            var one = new RowChart.Value(value, i == 5 ? wide : Optional.empty(), Paint.BLUE, Marker.TRIANGLE);
            rows.add(new RowChart.Row(i == 0 ? HOSTILE : "row " + i, List.of(one), "n " + i));
        }
        Stream<Drawing> bars = Stream.of(true, false)
                .flatMap(bar -> Stream.of(rows, rows.subList(1, 2), rows.subList(3, 4), List.<RowChart.Row>of())
                        .map(some ->
                                new RowChart(some, List.of(), 0, 0, Optional.of(.5), bar, Numbers::plain, "axis")));
        Stream<Drawing> lines = Stream.of(0, 1, 2, 101).map(count -> {
            List<LineChart.Value> values = IntStream.range(0, count)
                    .mapToObj(i ->
                            new LineChart.Value(i / 10.0, i == 1 ? Double.NaN : .5, Optional.of(new Interval(.4, .6))))
                    .toList();
            return new LineChart(
                    List.of(new LineChart.Series(HOSTILE, Paint.GREEN, Marker.DIAMOND, values)),
                    List.of(new LineChart.Reference("none", Paint.GRAY, Double.NaN)),
                    Numbers::percent,
                    "α");
        });
        Stream<Drawing> columns = Stream.of(0, 1, 500).map(count -> {
            List<ColumnChart.Column> some = IntStream.range(0, count)
                    .mapToObj(i ->
                            new ColumnChart.Column("label " + i, i == 0 ? Double.NaN : .1, Optional.empty(), i / 2.0))
                    .toList();
            return new ColumnChart(some, Optional.empty(), Numbers::percent, "position");
        });
        return Stream.of(bars, lines, columns).flatMap(each -> each);
    }

    @ParameterizedTest
    @MethodSource("drawings")
    void drawsFewAndManyAndMissingValues(Drawing drawing) throws Exception {
        for (double width : List.of(344.0, 720.0)) {
            var svg = new Svg(Theme.LIGHT);
            double height = drawing.draw(svg, width, 0);
            String text = svg.file(width, height, HOSTILE, HOSTILE, true);
            assertThat(text).doesNotContain("NaN", "Infinity", "<script");
            Document document = parsed(text);
            assertThat(elements(document, "title")).hasSize(1);
            for (Element each : elements(document, "text")) {
                double size = Double.parseDouble(each.getAttribute("font-size"));
                double x = Double.parseDouble(each.getAttribute("x"));
                double length = Svg.width(each.getTextContent(), size);
                double from = switch (each.getAttribute("text-anchor")) {
                    case "middle" -> x - length / 2;
                    case "end" -> x - length;
                    default -> x;
                };
                assertThat(from).as(each.getTextContent()).isGreaterThan(-20);
                assertThat(from + length).as(each.getTextContent()).isLessThan(width + 20);
                assertThat(Double.parseDouble(each.getAttribute("y"))).isBetween(0.0, height);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("drawings")
    void leavesRoomBetweenTexts(Drawing drawing) throws Exception {
        var svg = new Svg(Theme.LIGHT);
        double height = drawing.draw(svg, 720, 0);
        List<double[]> taken = new ArrayList<>();
        for (Element each : elements(parsed(svg.file(720, height, "t", "d", false)), "text")) {
            double x = Double.parseDouble(each.getAttribute("x"));
            double y = Double.parseDouble(each.getAttribute("y"));
            // Readers' letters are narrower than those that are reckoned with.
            double length = .9 * Svg.width(each.getTextContent(), Double.parseDouble(each.getAttribute("font-size")));
            double from = switch (each.getAttribute("text-anchor")) {
                case "middle" -> x - length / 2;
                case "end" -> x - length;
                default -> x;
            };
            assertThat(taken)
                    .as(each.getTextContent())
                    .noneMatch(other -> Math.abs(other[2] - y) < 9 && from < other[1] && other[0] < from + length);
            taken.add(new double[] {from, from + length, y});
        }
    }

    @Test
    void makesOneWellFormedPageThatNeedsNothingElse() throws Exception {
        String html = example().html();
        Document page = parsed(html);
        assertThat(elements(page, "script")).isEmpty();
        assertThat(elements(page, "link")).isEmpty();
        assertThat(elements(page, "img")).isEmpty();
        assertThat(html.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xhtml", ""))
                .doesNotContain("://", "url(", "@import", "src=", "href=");
        assertThat(html).contains("prefers-color-scheme: dark", "&lt;script&gt;", "name=\"viewport\"");
        assertThat(elements(page, "svg")).hasSize(12).allSatisfy(svg -> {
            assertThat(svg.getAttribute("role")).isEqualTo("img");
            for (String id : svg.getAttribute("aria-labelledby").split(" ", -1)) {
                assertThat(elements(page, "*").stream()
                                .filter(each -> each.getAttribute("id").equals(id)))
                        .hasSize(1);
            }
        });
        assertThat(elements(page, "figure"))
                .allSatisfy(figure -> assertThat(
                                figure.getElementsByTagNameNS("*", "table").getLength())
                        .isEqualTo(1));
    }

    @Test
    void writesEachFigureAsFiles() throws Exception {
        List<Path> files = example().writeFigures(folder.resolve("new/figures"));
        assertThat(files).hasSize(18).allMatch(Files::isRegularFile);
        for (Path file : files) {
            if (file.toString().endsWith(".svg")) {
                assertThat(parsed(Files.readString(file)).getDocumentElement().getAttribute("width"))
                        .isEqualTo("760");
            } else {
                BufferedImage image = ImageIO.read(new ByteArrayInputStream(Files.readAllBytes(file)));
                assertThat(image.getWidth()).isEqualTo(1520);
                assertThat(image.getHeight()).isBetween(200, 4000);
                int ground = image.getRGB(2, 2);
                boolean dark = file.toString().endsWith(".dark.png");
                assertThat(ground).isEqualTo(dark ? 0xff14171c : 0xffffffff);
                assertThat(IntStream.range(0, image.getWidth())
                                .flatMap(x ->
                                        IntStream.range(0, image.getHeight()).map(y -> image.getRGB(x, y)))
                                .filter(color -> color != ground)
                                .count())
                        .isGreaterThan(10_000);
            }
        }
    }

    @Test
    void showsWhatCannotBeSeen() {
        assertThat(Markup.visible(" a\n\t\u200b")).isEqualTo("␣a⏎⇥<U+200B>");
        assertThat(Markup.visible("")).isEqualTo("(nothing)");
        assertThat(Markup.escape("<a b='c'>&\u0001\ud800")).isEqualTo("&lt;a b=&#39;c&#39;&gt;&amp;\ufffd\ufffd");
        assertThat(Svg.fitting("abcdefghij", 40, 12)).endsWith("…").hasSizeLessThan(8);
    }

    @Test
    void dividesAxesAtRoundNumbers() {
        assertThat(Ticks.around(0, 1, 6).at()).hasSize(6).contains(0.0, 1.0);
        assertThat(Ticks.around(.37, .37, 5).low()).isLessThan(.37);
        assertThat(Ticks.around(0, 0, 5).at()).isNotEmpty();
        assertThat(Ticks.around(-1e9, 1e9, 5).at()).hasSizeLessThan(8);
        assertThat(Pattern.compile("\\d").matcher(Numbers.p(1.05e-234)).find()).isTrue();
        assertThat(Numbers.p(1.05e-234)).isEqualTo("1.1e-234");
        assertThat(Numbers.points(-.004)).isEqualTo("−0.4");
        assertThat(Numbers.plain(.1 + .2)).isEqualTo("0.3");
    }

    private Report example() throws IOException {
        var examples = new ExampleFiles(folder, 80);
        List<NamedFile> files = new ArrayList<>();
        for (Path file : List.of(
                examples.plain("base.jsonl", .2, "big.gguf", 1),
                examples.steered("p1.jsonl", .7, "1", 2),
                examples.steered("p2.jsonl", .5, "0.5", 3),
                examples.plain("tuned.jsonl", .8, "big-tuned.gguf", 4))) {
            files.add(NamedFile.of(file.toString(), Optional.empty()));
        }
        return Report.of(files, ReportOptions.DEFAULT.withLeast(5).withMost(100).withScore(ScoreOptions.DEFAULT));
    }
}
