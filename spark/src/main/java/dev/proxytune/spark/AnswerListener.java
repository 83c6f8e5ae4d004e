package dev.proxytune.spark;

import dev.proxytune.batch.RowAnswer;
import java.io.Serializable;

/** Hears of each answer, on the machine that makes it. */
@FunctionalInterface
interface AnswerListener extends Serializable {

    void answered(RowAnswer answer);
}
