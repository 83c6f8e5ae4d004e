package dev.proxytune.family;

/**
 * Hold what a system answered.
 *
 * @param text the answer's first line that is not empty, without its line end
 * @param ended whether the system ended the answer itself, right after this line
 */
public record Reply(String text, boolean ended) {}
