/** Training of small models, from nothing or from a GGUF file, on libtorch. */
package dev.proxytune.tune;
