package dev.proxytune.hub;

import java.net.URI;

/**
 * Describe a file on the hub.
 *
 * @param repository {@code owner/repo}
 * @param commit the commit that it is of, 40 hexadecimal digits
 * @param path its path in the repository
 * @param tag what names its content: the SHA-256 of a large file, git's hash of a small one
 * @param size its size in bytes
 * @param address where the hub hands it out
 */
record RemoteFile(String repository, String commit, String path, String tag, long size, URI address) {}
