package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A local file. */
final class PathSource implements ByteSource {
    private final String name;
    private final FileChannel channel;
    private final long size;

    private PathSource(String name, FileChannel channel, long size) {
        this.name = name;
        this.channel = channel;
        this.size = size;
    }

    static PathSource open(Path path) {
        String name = path.toString();
        if (Files.isDirectory(path)) {
            throw Refusal.of(name, "this is a directory", "a GGUF file", "give the path of the file in it");
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw Refusal.of(name, "this is not a regular file", "a GGUF file", "give the path of a file");
        }
        try {
            var channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                return new PathSource(name, channel, channel.size());
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new InvalidModelException(name + ": there is no such file; expected a GGUF file; check the path", e);
        } catch (IOException e) {
            throw new InvalidModelException(
                    name + ": cannot be opened (" + e.getMessage() + "); check the permissions", e);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(long position, ByteBuffer destination) throws IOException {
        return channel.read(destination, position);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
