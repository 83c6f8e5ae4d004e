/**
 * The command line of proxytune.
 *
 * <p>{@link dev.proxytune.cli.Commands} lists the commands, one class each. Options that belong together are a mixin:
 * it declares them, refuses values that cannot be before any model is loaded, and hands on a value of the library. What
 * a command needs from outside, its streams, environment and models, comes in by {@link dev.proxytune.cli.Console} and
 * {@link dev.proxytune.cli.ModelLoader}, so that a test runs it as a user does.
 */
@NullMarked
package dev.proxytune.cli;

import org.jspecify.annotations.NullMarked;
