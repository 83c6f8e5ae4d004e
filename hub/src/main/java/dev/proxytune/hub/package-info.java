/**
 * Models by name: the Hugging Face cache, downloads into it, and a catalogue of trios.
 *
 * <p>{@link dev.proxytune.hub.ModelHub} finds, downloads, lists and removes what a {@link
 * dev.proxytune.hub.ModelReference} names. The cache is the one of Python's huggingface_hub and of llama.cpp, in their
 * layout, so each of the three uses what the others have fetched.
 *
 * <p>{@link dev.proxytune.hub.TrioCatalogue} holds named trios, and {@link dev.proxytune.hub.TrioCheck} compares their
 * vocabularies by the headers of their files, before gigabytes are fetched.
 */
package dev.proxytune.hub;
