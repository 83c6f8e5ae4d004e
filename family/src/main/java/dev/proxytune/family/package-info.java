/** The small models that come with the project: their texts, their questions, and what they score. */
package dev.proxytune.family;
