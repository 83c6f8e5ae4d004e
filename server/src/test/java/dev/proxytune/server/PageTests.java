package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class PageTests {

    @ParameterizedTest
    @CsvSource({
        "/,text/html",
        "/style.css,text/css",
        "/app.js,text/javascript",
        "/client.js,text/javascript",
        "/panels.js,text/javascript",
        "/inspector.js,text/javascript",
        "/icon.svg,image/svg+xml",
    })
    void isOpenToAllAndAllowedNothingFromElsewhere(String path, String type) throws Exception {
        try (var server =
                new TestServer(EngineOptions.DEFAULT, ServerOptions.DEFAULT.withApiKeys(List.of("a secret")))) {
            HttpResponse<String> response = server.get(path);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith(type);
            assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
                    .startsWith("default-src 'none'; script-src 'self';")
                    .doesNotContain("unsafe");
            assertThat(response.body()).doesNotContain("https://").doesNotContain("style=");
            assertThat(server.get("/v1/models").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void isToldTheWeightsAndPartsOfTrios() throws Exception {
        try (var server = new TestServer()) {
            JsonNode models =
                    TestServer.MAPPER.readTree(server.get("/v1/models").body()).get("data");
            assertThat(models).hasSize(4);
            assertThat(models.get(0).has("proxy")).isFalse();
            assertThat(models.get(1).get("proxy").toString())
                    .isEqualTo("{\"alpha\":[1.0],\"base\":\"trio:base\",\"expert\":\"trio:expert\"}");
            assertThat(models.get(2).has("proxy")).isFalse();
        }
    }
}
