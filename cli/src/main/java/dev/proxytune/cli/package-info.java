/** The command line of proxytune. */
@NullMarked
package dev.proxytune.cli;

import org.jspecify.annotations.NullMarked;
