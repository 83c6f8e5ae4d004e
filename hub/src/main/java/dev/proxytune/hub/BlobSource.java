package dev.proxytune.hub;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Hand out ranges of a file's bytes. Safe for use by several threads. */
final class BlobSource {
    private final HubHttp http;
    private final RemoteFile file;
    /** Where the hub has redirected us to, such as a signed address, which is good for some time. */
    private volatile URI location;

    BlobSource(HubHttp http, RemoteFile file) {
        this.http = http;
        this.file = file;
        this.location = file.address();
    }

    /**
     * Ask for the bytes from one to another.
     *
     * <p>The answer may begin at byte 0 instead, if the server has no ranges; {@link Answer#start} tells.
     *
     * @param to the last byte, included
     * @throws HubException if the file is not to be had, or has another size than the hub told
     */
    Answer open(long from, long to) {
        URI asked = location;
        Answer answer = get(asked, from, to);
        boolean expired = !asked.equals(file.address()) && answer.status() >= 400;
        if (expired && !HubHttp.isPassing(answer.status())) {
            answer.close();
            location = file.address();
            answer = get(file.address(), from, to);
        }
        try {
            check(answer, from);
        } catch (HubException e) {
            answer.close();
            throw e;
        }
        location = answer.uri();
        return answer;
    }

    /** Let some time pass before the next try, the more, the more have failed. */
    void pause(int failures) {
        http.sleep(HubHttp.backOff(failures));
    }

    private Answer get(URI uri, long from, long to) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Accept-Encoding", "identity");
        if (from > 0 || to < file.size() - 1) {
            headers.put("Range", "bytes=" + from + "-" + to);
        }
        return http.send("GET", uri, headers, _ -> false);
    }

    private void check(Answer answer, long from) {
        if (answer.status() == 416) {
            throw otherSize("has no byte " + from);
        }
        boolean isForbidden = answer.status() == 401 || answer.status() == 403 || answer.status() == 404;
        if (isForbidden && !http.isHub(answer.uri())) {
            throw new HubException(answer.uri().getHost() + ", where the hub keeps " + file.path() + " of "
                    + file.repository() + ", answered with status " + answer.status()
                    + "; try again later, and check that the network and its proxy let this host through");
        }
        if (answer.status() != 200 && answer.status() != 206) {
            var reference = new ModelReference(file.repository(), file.commit(), Optional.empty(), Optional.empty());
            throw HubApi.refused(answer, reference, Optional.of(file.path()));
        }
        OptionalLong size = answer.size();
        if (size.isPresent() && size.getAsLong() != file.size()) {
            throw otherSize("has " + size.getAsLong() + " bytes");
        }
        OptionalLong start = answer.start();
        if (start.isEmpty() || (start.getAsLong() != from && start.getAsLong() != 0)) {
            throw new HubException(answer.uri().getHost() + " sent another part of " + file.path() + " than byte "
                    + from + " and what follows; try again with one connection");
        }
    }

    private HubException otherSize(String found) {
        return new HubException(file.path() + " in " + file.repository() + " " + found + " where it is handed out, but "
                + file.size() + " by the hub's word; try again later");
    }
}
