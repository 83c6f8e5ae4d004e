package dev.proxytune.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/** Writes the parts of a GGUF header through a buffer. */
final class HeaderOutput {
    private final WritableByteChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    HeaderOutput(WritableByteChannel channel) {
        this.channel = channel;
    }

    void writeStart(int tensors, int keys) throws IOException {
        writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        writeInt(3);
        writeLong(tensors);
        writeLong(keys);
    }

    void writeEntry(String key, MetadataValue value) throws IOException {
        writeString(key);
        writeInt(value.type().id());
        switch (value) {
            case MetadataValue.Whole(ValueType type, long number) -> writeWhole(type, number);
            case MetadataValue.Real(ValueType type, double number) -> {
                if (type == ValueType.FLOAT32) {
                    writeInt(Float.floatToRawIntBits((float) number));
                } else {
                    writeLong(Double.doubleToRawLongBits(number));
                }
            }
            case MetadataValue.Flag(boolean flag) -> writeWhole(ValueType.UINT8, flag ? 1 : 0);
            case MetadataValue.Text(String text) -> writeString(text);
            case NumberArray numbers -> {
                writeInt(numbers.elementType().id());
                writeLong(numbers.size());
                write(numbers.bytes());
            }
            case TextArray texts -> writeTexts(texts);
        }
    }

    void writeTensor(TensorInfo tensor) throws IOException {
        writeString(tensor.name());
        writeInt(tensor.shape().size());
        for (long length : tensor.shape()) {
            writeLong(length);
        }
        writeInt(tensor.type().id());
        writeLong(tensor.offset());
    }

    void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    private void writeTexts(TextArray texts) throws IOException {
        writeInt(ValueType.STRING.id());
        writeLong(texts.size());
        var bytes = ByteBuffer.wrap(texts.allBytes());
        int start = 0;
        for (int i = 0; i < texts.size(); i++) {
            int length = texts.lengthAt(i);
            writeLong(length);
            write(bytes.slice(start, length));
            start += length;
        }
    }

    private void writeWhole(ValueType type, long number) throws IOException {
        room(Long.BYTES);
        switch (type.width()) {
            case 1 -> buffer.put((byte) number);
            case 2 -> buffer.putShort((short) number);
            case 4 -> buffer.putInt((int) number);
            default -> buffer.putLong(number);
        }
    }

    private void writeString(String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        writeLong(bytes.length);
        writeBytes(bytes);
    }

    private void writeBytes(byte[] bytes) throws IOException {
        write(ByteBuffer.wrap(bytes));
    }

    private void write(ByteBuffer bytes) throws IOException {
        if (bytes.remaining() > buffer.remaining()) {
            flush();
        }
        if (bytes.remaining() > buffer.remaining()) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } else {
            buffer.put(bytes);
        }
    }

    private void writeInt(int value) throws IOException {
        room(Integer.BYTES);
        buffer.putInt(value);
    }

    private void writeLong(long value) throws IOException {
        room(Long.BYTES);
        buffer.putLong(value);
    }

    private void room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
    }
}
