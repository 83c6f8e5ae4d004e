package dev.proxytune.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import javax.net.ssl.SSLException;

/** Put into words what went wrong with the network and the disk. */
final class Failures {
    private Failures() {}

    /** Return an address without what may be secret in it: a password, or the signature in the query of a signed one. */
    static String address(URI uri) {
        String authority = Objects.requireNonNullElse(uri.getRawAuthority(), "");
        return uri.getScheme() + "://" + authority.substring(authority.lastIndexOf('@') + 1)
                + Objects.requireNonNullElse(uri.getRawPath(), "");
    }

    /** Return the reason of a failed connection in a few words. */
    static String reason(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "its name is not known here";
            }
        }
        String text = Objects.requireNonNullElse(e.getMessage(), "");
        return switch (e) {
            case HttpTimeoutException _ -> "no answer in time";
            case ConnectException _ -> "no connection" + (text.isEmpty() ? "" : " (" + text + ")");
            case SSLException _ -> "no trusted connection (" + text + ")";
            default -> text.isEmpty() ? "the connection broke" : text;
        };
    }

    /** Return what to tell about a file or folder of the cache that cannot be written. */
    static HubException writing(Path place, IOException e) {
        String reason = switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "a file is in the place of a folder";
            case NoSuchFileException _ -> "it has gone meanwhile";
            case FileSystemException system
            when system.getReason() != null -> Objects.requireNonNull(system.getReason());
            default -> Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
        };
        String advice = reason.contains("No space left")
                ? "; make room, or set HF_HUB_CACHE to a folder on another disk"
                : "; check the disk and the permissions, or set HF_HUB_CACHE to another folder";
        return new HubException("The cache cannot be written at " + place + ": " + reason + advice, e);
    }
}
