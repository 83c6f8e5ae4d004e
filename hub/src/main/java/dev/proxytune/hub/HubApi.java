package dev.proxytune.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Ask the hub what a repository holds. */
final class HubApi {
    private static final int LONGEST_LISTING = 1 << 26;
    private static final int LONGEST_REASON = 200;

    private final HubSettings settings;
    private final HubHttp http;

    HubApi(HubSettings settings, HubHttp http) {
        this.settings = settings;
        this.http = http;
    }

    /**
     * Hold the files of a repository.
     *
     * @param commit the commit that a revision means now
     * @param paths the GGUF files, in the hub's order
     */
    record Listing(String commit, List<String> paths) {}

    /**
     * List a repository.
     *
     * @throws HubException if there is none, or it must not be seen
     */
    Listing list(ModelReference reference) {
        URI uri =
                address("/api/models/" + encoded(reference.repository()) + "/revision/" + whole(reference.revision()));
        try (Answer answer = http.send("GET", uri, Map.of("Accept", "application/json"), _ -> false)) {
            if (answer.status() != 200) {
                throw refused(answer, reference, Optional.empty());
            }
            byte[] body = answer.body().readNBytes(LONGEST_LISTING + 1);
            if (body.length > LONGEST_LISTING) {
                throw new HubException("The hub's list of files of " + reference.repository() + " is too long");
            }
            return listing(JsonMapper.shared().readTree(body), reference.repository());
        } catch (JacksonException e) {
            throw new HubException(
                    "The hub's list of files of " + reference.repository() + " is no JSON; is HF_ENDPOINT a hub?", e);
        } catch (IOException e) {
            throw new HubException(
                    "The hub's list of files of " + reference.repository() + " broke off: " + Failures.reason(e)
                            + "; try again",
                    e);
        }
    }

    private static Listing listing(JsonNode tree, String repository) {
        String commit = RepositoryPaths.requireCommit(tree.path("sha").asString(""), repository);
        List<String> paths = new ArrayList<>();
        for (JsonNode file : tree.path("siblings")) {
            String path = file.path("rfilename").asString("");
            if (path.endsWith(GgufNames.SUFFIX)) {
                paths.add(RepositoryPaths.require(path, repository));
            }
        }
        return new Listing(commit, paths);
    }

    /**
     * Describe a file.
     *
     * @param revision a branch, tag or commit
     * @throws HubException if there is none, or it must not be seen
     */
    RemoteFile describe(ModelReference reference, String revision, String path) {
        URI uri = address("/" + encoded(reference.repository()) + "/resolve/" + whole(revision) + "/" + encoded(path));
        var commit = new String[1];
        try (Answer answer = http.send("HEAD", uri, Map.of("Accept-Encoding", "identity"), hop -> {
            hop.header("X-Repo-Commit").ifPresent(found -> commit[0] = found);
            return hop.header("X-Linked-Etag").isPresent()
                    || (hop.header("ETag").isPresent() && !http.isHub(HubHttp.target(hop)));
        })) {
            if (answer.status() >= 400) {
                throw refused(answer, reference, Optional.of(path));
            }
            answer.header("X-Repo-Commit").ifPresent(found -> commit[0] = found);
            String found = commit[0] == null ? revision : commit[0];
            String tag = answer.header("X-Linked-Etag")
                    .or(() -> answer.header("ETag"))
                    .map(header -> RepositoryPaths.requireTag(header, reference.repository()))
                    .orElseThrow(() -> new HubException("The hub's answer about " + path + " in "
                            + reference.repository() + " has no ETag; is HF_ENDPOINT a hub?"));
            OptionalLong size = Answer.number(answer.header("X-Linked-Size"));
            if (size.isEmpty() && !answer.isRedirect()) {
                size = answer.size();
            }
            return new RemoteFile(
                    reference.repository(),
                    RepositoryPaths.requireCommit(found, reference.repository()),
                    path,
                    tag,
                    size.isPresent() ? size.getAsLong() : askSize(uri, reference, path),
                    uri);
        }
    }

    /** Learn the size from an answer with a body, where the one without does not tell it. */
    private long askSize(URI uri, ModelReference reference, String path) {
        Map<String, String> headers = Map.of("Range", "bytes=0-0", "Accept-Encoding", "identity");
        try (Answer answer = http.send("GET", uri, headers, _ -> false)) {
            if (answer.status() >= 400 && answer.status() != 416) {
                throw refused(answer, reference, Optional.of(path));
            }
            return answer.size()
                    .orElseThrow(() -> new HubException("The hub does not tell the size of " + path + " in "
                            + reference.repository() + "; is HF_ENDPOINT a hub?"));
        }
    }

    /** Return what to tell about an answer that is an error. */
    static HubException refused(Answer answer, ModelReference reference, Optional<String> path) {
        String code = answer.header("X-Error-Code").orElse("");
        String repository = "The repository " + reference.repository();
        return new HubException(
                switch (answer.status()) {
                    case 401 ->
                        code.equals("GatedRepo")
                                ? gated(answer, reference)
                                : repository
                                        + " does not exist, or is private, or is gated (status 401); check the name,"
                                        + " or set HF_TOKEN to a token that may read it";
                    case 403 -> gated(answer, reference);
                    case 404 ->
                        code.equals("RevisionNotFound")
                                ? repository + " has no revision '" + reference.revision() + "'"
                                : path.isPresent() && !code.equals("RepoNotFound")
                                        ? repository + " has no file '" + path.get() + "' at revision '"
                                                + reference.revision() + "'"
                                        : repository + " does not exist on "
                                                + answer.uri().getHost()
                                                + ", or has no revision '" + reference.revision()
                                                + "'; check the name, or set HF_TOKEN if it is private";
                    case 429 ->
                        answer.uri().getHost() + " has had too many requests (status 429); try again later, or set"
                                + " HF_TOKEN";
                    default ->
                        Failures.address(answer.uri()) + " answered with status " + answer.status() + reason(answer)
                                + "; try again later";
                });
    }

    private static String gated(Answer answer, ModelReference reference) {
        return "The repository " + reference.repository() + " is gated (status " + answer.status()
                + "): ask for access at its page on " + answer.uri().getHost()
                + ", and set HF_TOKEN to a token of that account";
    }

    private static String reason(Answer answer) {
        return answer.header("X-Error-Message")
                .map(text -> text.substring(0, Math.min(LONGEST_REASON, text.length())))
                .map(text -> ": " + text)
                .orElse("");
    }

    private URI address(String path) {
        return URI.create(settings.endpoint() + path);
    }

    /** Encode a path, keeping its slashes. */
    private static String encoded(String path) {
        return Stream.of(path.split("/")).map(HubApi::whole).collect(Collectors.joining("/"));
    }

    private static String whole(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
