package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class LossCurveTests {
    private static final String HEADER = "step,tokens,loss,validation_loss,learning_rate,gradient_norm\n";

    /** Return a falling curve, measured on validation data every so many steps. */
    private static LossCurve curve(int steps, int validateEvery) {
        var random = new Random(steps);
        var curve = new LossCurve(64);
        for (int i = 1; i <= steps; i++) {
            float loss = 2 + 5f / i + random.nextFloat() / 10;
            boolean measured = validateEvery > 0 && i % validateEvery == 0;
            curve.add(new LossCurve.Point(loss, measured ? loss + 2 : Float.NaN, 1e-3f, 1));
        }
        return curve;
    }

    @Test
    void isATableOfALineForEachStep() {
        var curve = new LossCurve(4_000_000_000L);
        curve.add(new LossCurve.Point(3.5f, Float.NaN, 0.00123456f, 1.25f));
        curve.add(new LossCurve.Point(3.25f, 3.3f, 0.001f, 1234.5f));
        assertThat(curve.csv())
                .isEqualTo(HEADER
                        + "1,4000000000,3.500000,,1.2346e-03,1.250000\n"
                        + "2,8000000000,3.250000,3.300000,1.0000e-03,1234.500000\n");
        assertThat(new LossCurve(1).csv()).isEqualTo(HEADER);
    }

    @Test
    void looksTheSameInEveryLanguage() {
        String csv = curve(3, 2).csv();
        String svg = LossChart.svg(curve(3, 2), "model");
        Locale before = Locale.getDefault();
        try {
            for (String tag : new String[] {"de-DE", "ar-EG", "fr-FR"}) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertThat(curve(3, 2).csv()).isEqualTo(csv);
                assertThat(LossChart.svg(curve(3, 2), "model")).isEqualTo(svg);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void comesBackFromNumbersToTheBit() {
        LossCurve curve = curve(5, 2);
        var copy = new LossCurve(64);
        copy.addAll(curve.toArray());
        assertThat(copy.points()).isEqualTo(curve.points());
        assertThat(copy.csv()).isEqualTo(curve.csv());
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    /** Return the points of a line as x, y, x, y and so on. */
    private static double[] points(NodeList lines, int index) {
        String points = ((Element) lines.item(index)).getAttribute("points").strip();
        return Arrays.stream(points.split("[ ,]+"))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    @Test
    void isDrawnAsTwoLinesWithinTheFrame() throws Exception {
        Document svg = parse(LossChart.svg(curve(200, 20), "a <model> & more\u0001"));
        NodeList lines = svg.getElementsByTagName("polyline");
        assertThat(lines.getLength()).isEqualTo(2);
        assertThat(points(lines, 0)).hasSize(2 * 200);
        assertThat(points(lines, 1)).hasSize(2 * 10);
        for (int line = 0; line < 2; line++) {
            double[] points = points(lines, line);
            for (int i = 0; i < points.length; i += 2) {
                assertThat(points[i]).isBetween(60.0, 780.0);
                assertThat(points[i + 1]).isBetween(40.0, 370.0);
            }
        }
        assertThat(svg.getDocumentElement().getTextContent())
                .contains("a <model> & more?", "loss", "validation loss", "200");
    }

    @Test
    void isThinnedOutIfItIsLong() throws Exception {
        double[] points = points(parse(LossChart.svg(curve(5000, 0), "long")).getElementsByTagName("polyline"), 0);
        assertThat(points).hasSize(2 * 1000);
        assertThat(points[0]).isEqualTo(60);
        assertThat(points[points.length - 2]).isEqualTo(780);
    }

    @Test
    void hasOneLineIfNothingWasHeldOut() throws Exception {
        Document svg = parse(LossChart.svg(curve(50, 0), "one"));
        assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(1);
        assertThat(svg.getDocumentElement().getTextContent()).doesNotContain("validation");
    }

    @Test
    void isAPointForASingleStep() throws Exception {
        Document both = parse(LossChart.svg(curve(1, 1), "one"));
        assertThat(both.getElementsByTagName("polyline").getLength()).isZero();
        NodeList circles = both.getElementsByTagName("circle");
        assertThat(circles.getLength()).isEqualTo(2);
        for (int i = 0; i < 2; i++) {
            assertThat(Double.parseDouble(((Element) circles.item(i)).getAttribute("cy")))
                    .isBetween(40.0, 370.0);
        }
        Document mixed = parse(LossChart.svg(curve(3, 3), "three"));
        assertThat(mixed.getElementsByTagName("polyline").getLength()).isEqualTo(1);
        assertThat(mixed.getElementsByTagName("circle").getLength()).isEqualTo(1);
    }

    @Test
    void isAFlatLineIfTheLossStaysTheSame() throws Exception {
        var curve = new LossCurve(1);
        for (int i = 0; i < 4; i++) {
            curve.add(new LossCurve.Point(0, Float.NaN, 1, 1));
        }
        double[] points = points(parse(LossChart.svg(curve, "flat")).getElementsByTagName("polyline"), 0);
        assertThat(points).doesNotContain(Double.NaN);
        assertThat(points[1]).isEqualTo(points[7]).isBetween(40.0, 370.0);
    }
}
