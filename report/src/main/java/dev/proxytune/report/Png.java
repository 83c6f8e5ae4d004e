package dev.proxytune.report;

import com.github.weisj.jsvg.SVGDocument;
import com.github.weisj.jsvg.parser.LoaderContext;
import com.github.weisj.jsvg.parser.SVGLoader;
import com.github.weisj.jsvg.view.ViewBox;
import dev.proxytune.ProxyTuneException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;

/** Turn drawings into pixels. The only class that loads AWT, without a screen. */
final class Png {
    private static final int SCALE = 2;

    private Png() {}

    /**
     * Return an image with twice as many pixels each way as the drawing says.
     *
     * @throws ProxyTuneException if this Java has no fonts, as in a bare container
     */
    static byte[] of(Figure.SvgFile svg) {
        System.setProperty("java.awt.headless", "true");
        ImageIO.setUseCache(false);
        try {
            return draw(svg);
        } catch (LinkageError | InternalError | NullPointerException e) {
            throw new ProxyTuneException(
                    "PNG files cannot be drawn, as this Java finds no fonts (" + e + "); install fontconfig and a font,"
                            + " or take the SVG files",
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] draw(Figure.SvgFile svg) throws IOException {
        SVGDocument document = new SVGLoader()
                .load(
                        new ByteArrayInputStream(svg.text().getBytes(StandardCharsets.UTF_8)),
                        null,
                        LoaderContext.createDefault());
        if (document == null) {
            throw new IllegalStateException("the drawing is no SVG");
        }
        int width = (int) Math.ceil(svg.width() * SCALE);
        int height = (int) Math.ceil(svg.height() * SCALE);
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            document.render(null, graphics, new ViewBox(0, 0, width, height));
        } finally {
            graphics.dispose();
        }
        var out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }
}
