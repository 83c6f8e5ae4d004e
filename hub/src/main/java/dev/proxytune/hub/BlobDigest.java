package dev.proxytune.hub;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** Compute what a file's tag must be: the SHA-256 of a large file, or the hash that git gives to a small one. */
final class BlobDigest {
    private final Optional<MessageDigest> digest;
    private final String tag;

    private BlobDigest(Optional<MessageDigest> digest, String tag) {
        this.digest = digest;
        this.tag = tag;
    }

    /** Begin a file of this tag and size; a tag of neither form cannot be checked. */
    static BlobDigest begin(String tag, long size) {
        if (tag.matches("[0-9a-f]{64}")) {
            return new BlobDigest(Optional.of(algorithm("SHA-256")), tag);
        }
        if (tag.matches("[0-9a-f]{40}")) {
            MessageDigest git = algorithm("SHA-1");
            git.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
            return new BlobDigest(Optional.of(git), tag);
        }
        return new BlobDigest(Optional.empty(), tag);
    }

    private static MessageDigest algorithm(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has " + name, e);
        }
    }

    /** Return whether the tag is a hash that the bytes can be checked by. */
    boolean isChecking() {
        return digest.isPresent();
    }

    void update(ByteBuffer bytes) {
        if (digest.isPresent()) {
            digest.get().update(bytes);
        } else {
            bytes.position(bytes.limit());
        }
    }

    /** Return the tag that the bytes have, if it is not the expected one. Ends the computation. */
    Optional<String> mismatch() {
        return digest.map(done -> HexFormat.of().formatHex(done.digest())).filter(found -> !found.equals(tag));
    }
}
