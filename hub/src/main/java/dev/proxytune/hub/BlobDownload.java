package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Fetch a file into the cache's blobs.
 *
 * <p>It comes into {@code <tag>.incomplete}, which a later attempt goes on with, and gets its name when its size and its
 * hash are right. The caller holds the lock of the file.
 */
final class BlobDownload {
    static final String SUFFIX = ".incomplete";

    private static final int MOST_FAILURES = 5;
    private static final int BUFFER = 1 << 18;
    private static final long TELL_NANOS = 100_000_000;

    private final HubHttp http;
    private final RemoteFile file;
    private final Path blob;
    private final Path incomplete;
    private final DownloadPlan plan;
    private final PullListener listener;
    private final Cancellation cancellation;
    private long told;

    BlobDownload(
            HubHttp http,
            RemoteFile file,
            Path blob,
            DownloadPlan plan,
            PullListener listener,
            Cancellation cancellation) {
        this.http = http;
        this.file = file;
        this.blob = blob;
        this.incomplete = incomplete(blob);
        this.plan = plan;
        this.listener = listener;
        this.cancellation = cancellation;
    }

    static Path incomplete(Path blob) {
        return blob.resolveSibling(blob.getFileName() + SUFFIX);
    }

    /** Return whether an unfinished file is one that is gone on with: huggingface_hub puts a random part into its names. */
    static boolean isResumable(Path incomplete) {
        String name = incomplete.getFileName().toString();
        return name.indexOf('.') == name.length() - SUFFIX.length();
    }

    /** Fetch the file, unless it turns out that what an earlier attempt left is all of it. */
    void run() {
        if (!attempt()) {
            listener.onNotice("what an earlier download left of " + file.path() + " is damaged; fetching it anew");
            if (!attempt()) {
                throw new IllegalStateException("A file that was fetched whole is either right or refused");
            }
        }
    }

    /** Return false if what was there before has spoiled the file, which is gone then. */
    private boolean attempt() {
        Optional<String> wrong;
        long there;
        boolean isHashed;
        try (FileChannel channel = open()) {
            var sink = new BlobSink(channel, incomplete, file);
            sink.requireLength();
            sink.resume();
            there = sink.position();
            listener.onStart(file.path(), file.size(), there);
            there = Math.min(there, fetch(sink));
            isHashed = sink.digest().isChecking();
            wrong = sink.digest().mismatch();
            if (wrong.isEmpty()) {
                sink.force();
            }
        } catch (IOException e) {
            throw Failures.writing(incomplete, e);
        }
        if (wrong.isEmpty()) {
            complete(isHashed);
            return true;
        }
        discard();
        if (there > 0) {
            return false;
        }
        throw new HubException(file.path() + " of " + file.repository() + " arrived with the hash " + wrong.get()
                + " instead of " + file.tag() + ": it was damaged on its way; nothing of it is kept, try again");
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(
                incomplete,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    /** Fetch what is missing, and return how much of what was there before is still in use. */
    private long fetch(BlobSink sink) {
        var source = new BlobSource(http, file);
        long used = sink.position();
        if (plan.isWorthMore(sink.left())
                && new SegmentedFetch(source, sink, plan, http).run(this::tell, cancellation)) {
            return used;
        }
        int failures = 0;
        while (sink.left() > 0) {
            cancellation.check();
            long before = sink.position();
            IOException reason = new IOException("the connection was closed");
            try (Answer answer = source.open(before, file.size() - 1)) {
                if (before > 0 && answer.status() != 206) {
                    sink.restart();
                    used = 0;
                }
                copy(answer, sink);
            } catch (IOException e) {
                reason = e;
            }
            cancellation.check();
            failures = sink.position() > before ? 0 : failures + 1;
            if (failures >= MOST_FAILURES) {
                throw brokenOff(reason);
            }
            if (failures > 0) {
                http.sleep(HubHttp.backOff(failures));
            }
        }
        return used;
    }

    private void copy(Answer answer, BlobSink sink) throws IOException {
        var buffer = new byte[BUFFER];
        while (sink.left() > 0) {
            int count = answer.body().read(buffer, 0, (int) Math.min(BUFFER, sink.left()));
            if (count < 0) {
                return;
            }
            sink.append(buffer, 0, count);
            cancellation.check();
            tell(sink.position());
        }
        if (answer.body().read() >= 0) {
            sink.restart();
            throw new HubException(file.path() + " of " + file.repository() + " goes on after its " + file.size()
                    + " bytes; nothing of it is kept, try again later");
        }
    }

    private void tell(long done) {
        long now = System.nanoTime();
        if (done == file.size() || now - told >= TELL_NANOS) {
            told = now;
            listener.onProgress(done);
        }
    }

    static HubException brokenOff(IOException reason) {
        return new HubException(
                "The download breaks off again and again (" + Failures.reason(reason)
                        + "); what is here is kept, and the next attempt goes on from there",
                reason);
    }

    private void complete(boolean isHashed) {
        try {
            Files.move(incomplete, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw Failures.writing(blob, e);
        }
        if (!isHashed) {
            listener.onUnhashed(file.path());
        }
        listener.onEnd(file.path(), file.size());
    }

    private void discard() {
        try {
            Files.deleteIfExists(incomplete);
        } catch (IOException e) {
            throw Failures.writing(incomplete, e);
        }
    }
}
