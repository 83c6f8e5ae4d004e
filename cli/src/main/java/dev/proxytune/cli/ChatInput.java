package dev.proxytune.cli;

/** Read what a user types, line by line. */
interface ChatInput extends AutoCloseable {

    /**
     * Wait for the next line.
     *
     * @param prompt what to show before it, if anybody is looking
     * @throws MalformedTextException if it is not UTF-8; the next call goes on behind it
     * @throws InputException if it cannot be read
     */
    ChatLine read(String prompt);

    @Override
    void close();
}
