/**
 * Chat templates, rendered byte for byte as Python's transformers renders them with Jinja2.
 *
 * <p>{@link dev.proxytune.jinja.Template#parse} reads a template, {@link dev.proxytune.jinja.Variables} holds what it
 * is given, and {@link dev.proxytune.jinja.Rendering} is the text, which still tells what came from the conversation
 * and what from the template. So text of a user need never be read as a special token.
 *
 * <p>Templates come with models that strangers made. They see nothing but the data they are given, and every rendering
 * has {@link dev.proxytune.jinja.Limits}: none runs forever, exhausts the stack or fills the memory.
 *
 * <p>Inside, {@code Lexer} and {@code Parser} make a tree, {@code Interpreter} walks it, and values are the sealed
 * {@code Value}, whose operations follow Python's.
 */
@NullMarked
package dev.proxytune.jinja;

import org.jspecify.annotations.NullMarked;
