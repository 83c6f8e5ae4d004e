package dev.proxytune.family;

/**
 * Judge an answer.
 *
 * @param right whether it counts
 * @param counted whether the result is said of the thing that the story counts; true for other questions
 */
public record Mark(boolean right, boolean counted) {}
